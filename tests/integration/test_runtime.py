"""A network is opened by the runtime that was asked for, or not at all."""

import os

import onnxruntime
import pytest

from core.errors import BadRequest
from engines.runtime import check_runtime, open_network
from media.weights import WeightStore, default_folder, load_manifest


def _yunet() -> bytes:
    return WeightStore(default_folder(os.environ), load_manifest()).path("yunet").read_bytes()


def test_an_unknown_runtime_names_those_that_exist() -> None:
    with pytest.raises(BadRequest, match="onnxruntime, openvino, cuda"):
        check_runtime("tensorrt")


def test_a_gpu_is_refused_by_an_onnx_runtime_for_processors() -> None:
    assert "CUDAExecutionProvider" not in onnxruntime.get_available_providers()
    with pytest.raises(BadRequest, match="made for processors"):
        open_network(_yunet(), 1, "cuda")


def test_without_a_usable_gpu_it_does_not_go_on_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    # as the build for GPUs answers on a machine without one
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    with (
        pytest.raises(BadRequest, match="found no GPU"),
        pytest.warns(UserWarning, match="CUDAExecutionProvider"),
    ):
        open_network(_yunet(), 1, "cuda")
