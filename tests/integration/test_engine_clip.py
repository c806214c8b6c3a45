"""CLIP in its ONNX format, by a tiny network that is right by construction: its space is red, green, blue."""

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from core.errors import BadRequest, WeightCorrupt, WeightMissing
from core.findings import Picture
from engines.contract import PictureEmbedder
from engines.onnx_file import OnnxGraph
from tests.engine_door import door, odd_pictures

WORDS = ["other", "a", "photo", "of", "red", "green", "blue"]
RED, GREEN, BLUE = (np.full((40, 60, 3), colour, np.uint8) for colour in ((0, 0, 255), (0, 255, 0), (255, 0, 0)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vision network that answers the mean colour, a text one that answers the mean of its words' colours."""
    vision = OnnxGraph("vision")
    vision.op("Flatten", [vision.op("GlobalAveragePool", ["pixel_values"], "mean")], "image_embeds", axis=1)
    sizes = {"pixel_values": ["batch", 3, 16, 16]}
    (tmp_path / "vision_model.onnx").write_bytes(vision.to_bytes(sizes, {"image_embeds": ["batch", 3]}))
    text = OnnxGraph("text")
    colours = np.zeros((len(WORDS), 3), np.float32)
    colours[4:] = np.eye(3)
    table = text.weight("colours", colours)
    each = text.op("Gather", [table, "input_ids"], "each", axis=0)
    text.op("ReduceMean", [each], "text_embeds", axes=[1], keepdims=0)
    (tmp_path / "text_model.onnx").write_bytes(
        text.to_bytes({"input_ids": ["batch", "length"]}, {"text_embeds": ["batch", 3]}, ["input_ids"])
    )
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="other"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    told = {"size": {"shortest_edge": 16}, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(told))
    return tmp_path


def clip(folder: Path, **options: object) -> PictureEmbedder:
    return door().get("clip_onnx", PictureEmbedder, {"folder": str(folder), **options})


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_pictures_get_the_word_that_names_them(folder: Path, runtime: str) -> None:
    engine = clip(folder, labels="red, green, blue", runtime=runtime)
    assert engine.dimensions == 3
    for picture, word in ((RED, "red"), (GREEN, "green"), (BLUE, "blue")):
        vector, tags = engine.embed(picture)
        assert [tag.label for tag in tags] == [word] and tags[0].score > 0.99
        np.testing.assert_allclose(vector, np.eye(3)[["red", "green", "blue"].index(word)], atol=1e-6)


def test_texts_lie_in_the_space_of_the_pictures(folder: Path) -> None:
    engine = clip(folder)
    words = engine.embed_texts(["a red photo", "red green"])  # type: ignore[attr-defined]
    np.testing.assert_allclose(words[0], engine.embed(RED)[0], atol=1e-6)
    np.testing.assert_allclose(words[1] @ engine.embed(GREEN)[0], np.sqrt(0.5), atol=1e-6)
    assert engine.embed(RED)[1] == []  # no labels, no tags


def test_the_middle_of_the_picture_is_looked_at_whatever_its_shape(folder: Path) -> None:
    wide: Picture = np.zeros((20, 100, 3), np.uint8)
    wide[:, 40:60] = (0, 255, 0)
    np.testing.assert_allclose(clip(folder).embed(wide)[0], [0, 1, 0], atol=0.1)
    for odd in odd_pictures():
        assert np.isfinite(clip(folder).embed(odd)[0]).all()


def test_what_is_missing_or_wrong_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightMissing, match="name their folder"):
        door().get("clip_onnx", PictureEmbedder)
    with pytest.raises(BadRequest, match="prompt hold"):
        clip(folder, prompt="a photo")
    (folder / "preprocessor_config.json").write_text('{"size": "large"}')
    with pytest.raises(WeightCorrupt, match="image_mean"):
        clip(folder, max_tags=1)
    (folder / "text_model.onnx").unlink()
    with pytest.raises(WeightMissing, match="text_model"):
        clip(folder, max_tags=2)


def test_other_weights_have_another_identity(folder: Path) -> None:
    first = door().identity("clip_onnx", {"folder": str(folder)})
    assert first.startswith("clip_onnx-")
    with (folder / "vision_model.onnx").open("ab") as file:
        file.write(b"\n")
    assert door().identity("clip_onnx", {"folder": str(folder)}) != first
