"""The one door to the engines."""

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadRequest, WeightMissing
from engines.contract import ObjectDetector, PictureEmbedder, SpeechTranscriber, TextReader
from engines.door import EngineDoor, names
from tests.engine_door import door, picture

ENGINES = {
    "objects": ["yolo_onnx", "ultralytics_objects"],
    "faces": ["yunet_sface"],
    "text": ["rapidocr_text", "tesseract_text"],
    "embedding": ["efficientnet_lite0", "clip_onnx"],
    "speech": ["faster_whisper_speech", "openai_whisper_speech"],
    "meaning": ["minilm_text"],
}
# Their packages are in .venv-torch alone, their weights are fetched by `make test-engines`, which proves them.
NEED_TORCH = {"ultralytics_objects": ObjectDetector, "openai_whisper_speech": SpeechTranscriber}


def test_every_analysis_has_its_engines() -> None:
    for analysis, expected in ENGINES.items():
        assert set(expected) <= set(names(analysis))
    assert {name for group in ENGINES.values() for name in group} <= set(names())


def test_an_unknown_name_names_the_known() -> None:
    for wrong in ("yolo_onix", "runtime", "../core/errors", ""):
        with pytest.raises(BadRequest, match=r"rapidocr_text.*yolo_onnx"):
            door().get(wrong, ObjectDetector)


def test_an_engine_of_another_kind_is_refused() -> None:
    with pytest.raises(BadRequest, match="is for objects"):
        door().get("yolo_onnx", TextReader)


def test_identities_are_known_without_loading() -> None:
    fresh = EngineDoor(door()._weight, 1)
    identities = {name: fresh.identity(name) for name in names() if name not in (*NEED_TORCH, "clip_onnx")}
    assert fresh.loaded() == []
    assert identities["yolo_onnx"] == "yolo_onnx-f5fcf896be5c"
    assert all(identity.startswith(name) for name, identity in identities.items())
    assert door().get("yolo_onnx", ObjectDetector).identity == identities["yolo_onnx"]


def test_naming_engines_loads_no_heavy_package() -> None:
    code = (
        "import sys; from engines.door import names; names();"
        "print([m for m in ('onnxruntime', 'openvino', 'cv2', 'faster_whisper', 'rapidocr', 'pytesseract',"
        " 'tokenizers', 'torch', 'ultralytics', 'whisper') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert told.stdout.strip() == "[]"


def test_engines_that_need_torch_are_chosen_without_it_and_say_what_is_missing(tmp_path: Path) -> None:
    """Their names, settings and versions work in the ordinary environment; loading says where they can be had."""
    weight = tmp_path / "checkpoint.pt"
    weight.write_bytes(b"any bytes have a hash")
    here = EngineDoor(lambda _: weight, 1)
    for name, protocol in NEED_TORCH.items():
        assert here.identity(name).startswith(f"{name}-")
        assert here.identity(name, {"weight": str(weight)}) == here.identity(name)
        with pytest.raises(BadRequest, match="has no setting"):
            here.get(name, protocol, {"misspelt": 1})
        with pytest.raises(BadRequest, match=r"\.venv-torch"):
            here.get(name, protocol)


def test_idle_engines_go_and_come_back() -> None:
    now = [0.0]
    fresh = EngineDoor(door()._weight, 1, clock=lambda: now[0])
    detector = fresh.get("yolo_onnx", ObjectDetector)
    before = detector.detect(picture("bus"))
    now[0] = 100.0
    assert fresh.unload_idle(200.0) == 0
    assert fresh.loaded() == ["yolo_onnx"]
    assert fresh.unload_idle(60.0) == 1
    assert fresh.loaded() == []
    assert detector.identity == "yolo_onnx-f5fcf896be5c"  # known without coming back
    assert detector.detect(picture("bus")) == before  # the same handle still works
    assert fresh.loaded() == ["yolo_onnx"]


def test_an_engine_at_work_is_not_let_go() -> None:
    fresh = EngineDoor(door()._weight, 1)
    embedder = fresh.get("efficientnet_lite0", PictureEmbedder)
    stop = threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while not stop.is_set():
                embedder.embed(np.zeros((50, 50, 3), np.uint8))
        except BaseException as wrong:
            failures.append(wrong)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for _ in range(20):
        fresh.unload_idle(0.0)
    stop.set()
    for worker in workers:
        worker.join()
    assert failures == []


def test_many_threads_load_once() -> None:
    loads: list[str] = []

    def weight(name: str) -> Path:
        loads.append(name)
        return door()._weight(name)

    fresh = EngineDoor(weight, 1)
    workers = [threading.Thread(target=lambda: fresh.get("yolo_onnx", ObjectDetector)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(loads) == 2  # one to open the network, one for its identity


def test_a_missing_weight_is_said(tmp_path: Path) -> None:
    empty = EngineDoor(lambda name: tmp_path / name, 1)
    for name in (
        "yolo_onnx",
        "yunet_sface",
        "efficientnet_lite0",
        "faster_whisper_speech",
        "minilm_text",
        *NEED_TORCH,
    ):
        with pytest.raises(WeightMissing, match="weights fetch"):
            empty.identity(name)
        with pytest.raises(WeightMissing):
            empty.get(name, ObjectDetector)
