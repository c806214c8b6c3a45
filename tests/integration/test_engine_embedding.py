"""EfficientNet-Lite0: the graph built without PyTorch against PyTorch's own numbers, and real pictures."""

import hashlib
import os

import cv2
import numpy as np
import pytest

from engines.contract import PictureEmbedder
from engines.efficientnet_graph import converted
from engines.runtime import open_network
from media.weights import WeightStore, default_folder, load_manifest
from tests.engine_door import door, odd_pictures, picture

# Computed once by PyTorch 2.13 with the authors' own model class, the same weights and the same input (a sine).
PYTORCH_BEST = {905: 5.1289682, 904: 5.126759, 858: 4.379912, 753: 3.9396293, 807: 3.9162388}
PYTORCH_FIRST = [
    -0.95369673,
    0.43137071,
    -0.15179169,
    -1.65243530,
    -0.42428571,
    0.66987199,
    -0.94309628,
    0.38537831,
]
PYTORCH_VECTOR_SUM = 146.12498

BUSES = {"minibus", "trolleybus", "streetcar", "school bus", "passenger car", "police van"}


def embedder(**options: object) -> PictureEmbedder:
    return door().get("efficientnet_lite0", PictureEmbedder, options)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_the_graph_answers_what_pytorch_answers(runtime: str) -> None:
    checkpoint = WeightStore(default_folder(os.environ), load_manifest()).path("efficientnet-lite0")
    network = open_network(converted(checkpoint), 2, runtime)
    sine = np.sin(np.arange(3 * 224 * 224, dtype=np.float64) * 0.37).reshape(1, 3, 224, 224).astype(np.float32)
    vector, logits = network.run(sine)
    assert vector.shape == (1, 1280)
    assert logits.shape == (1, 1000)
    assert [int(index) for index in np.argsort(-logits[0])[:5]] == list(PYTORCH_BEST)
    np.testing.assert_allclose(logits[0][list(PYTORCH_BEST)], list(PYTORCH_BEST.values()), atol=1e-4)
    np.testing.assert_allclose(logits[0][:8], PYTORCH_FIRST, atol=1e-4)
    assert abs(float(vector.sum()) - PYTORCH_VECTOR_SUM) < 0.01


def test_the_converted_file_is_the_same_every_time() -> None:
    checkpoint = WeightStore(default_folder(os.environ), load_manifest()).path("efficientnet-lite0")
    assert len({hashlib.sha256(converted(checkpoint)).hexdigest() for _ in range(2)}) == 1


def test_tags_name_what_is_seen() -> None:
    best = {
        name: embedder(min_score=0.0).embed(picture(*where))[1][0]
        for name, where in {
            "bus": ("bus",),
            "coffee": ("pictures", "coffee.png"),
            "cat": ("pictures", "chelsea.png"),
        }.items()
    }
    assert best["bus"].label in BUSES
    assert best["bus"].score > 0.5
    assert best["coffee"].label in {"espresso", "cup", "coffee mug"}
    assert best["cat"].label in {"Egyptian cat", "tabby", "tiger cat"}


def test_men_in_suits_get_their_clothes_among_many() -> None:
    tags = [tag.label for tag in embedder(min_score=0.0, max_tags=20).embed(picture("zidane"))[1]]
    assert {"suit", "bow tie", "Windsor tie"} & set(tags)


def test_only_sure_tags_are_told_and_scores_are_probabilities() -> None:
    _, tags = embedder().embed(picture("zidane"))
    assert all(tag.score >= 0.2 for tag in tags)
    _, every = embedder(min_score=0.0, max_tags=1000).embed(picture("zidane"))
    assert abs(sum(tag.score for tag in every) - 1.0) < 1e-6


def test_a_shrunk_copy_is_near_and_another_picture_far() -> None:
    bus = picture("bus")
    small = np.asarray(cv2.resize(bus, (300, 400), interpolation=cv2.INTER_AREA), np.uint8)
    vector, copy = embedder().embed(bus)[0], embedder().embed(small)[0]
    other = embedder().embed(picture("pictures", "chelsea.png"))[0]
    assert vector.shape == (embedder().dimensions,) == (1280,)
    assert abs(float(np.linalg.norm(vector)) - 1.0) < 1e-5
    assert float(vector @ copy) > 0.9
    assert float(vector @ other) < 0.58  # the measured threshold of near duplicates


def test_odd_pictures_have_vectors_too() -> None:
    for odd in odd_pictures():
        vector, _ = embedder().embed(odd)
        assert np.isfinite(vector).all()
