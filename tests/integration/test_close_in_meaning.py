"""How much of what is close in meaning is right: everyday words against all labels, judged by eye."""

import os
from pathlib import Path

import numpy as np
import pytest

from core.passages import BRIEF_FLOOR
from engines.coco import NAMES
from engines.contract import TextEmbedder
from engines.efficientnet_lite0 import class_names
from library.label_kinds import label_kinds
from media.weights import WeightStore, default_folder, load_manifest
from tests.engine_door import door

_JUDGED = Path(__file__).parents[1] / "data" / "close-in-meaning.tsv"
_EVERYDAY = 110  # words at least


@pytest.fixture(scope="module")
def embedder() -> TextEmbedder:
    return door().get("minilm_text", TextEmbedder)


@pytest.fixture(scope="module")
def labels() -> list[str]:
    store = WeightStore(default_folder(os.environ), load_manifest())
    return sorted({*NAMES, *class_names(store.path("imagenet-names"))})


def _judged() -> dict[str, dict[str, bool]]:
    lines = [line.split("\t") for line in _JUDGED.read_text().splitlines() if not line.startswith("#")]
    return {
        asked: {
            name: fits for names, fits in ((right, True), (wrong, False)) for name in names.split(", ") if name
        }
        for asked, right, wrong in lines
    }


def _near(embedder: TextEmbedder, labels: list[str], asked: list[str]) -> list[list[str]]:
    likeness = embedder.embed(asked) @ embedder.embed(labels).T
    return [
        [labels[at] for at in np.flatnonzero(row >= BRIEF_FLOOR) if labels[at].lower() != word.lower()]
        for word, row in zip(asked, likeness, strict=True)
    ]


def test_what_is_close_to_everyday_words_is_right(embedder: TextEmbedder, labels: list[str]) -> None:
    judged = _judged()
    assert len(judged) >= _EVERYDAY
    near = _near(embedder, labels, list(judged))
    pairs = [(word, name) for word, names in zip(judged, near, strict=True) for name in names]
    missing = [(word, name) for word, name in pairs if name not in judged[word]]
    assert not missing, "to be judged"
    kept = [(word, name) for word, name in pairs if label_kinds().may_stand_for(name, word)]
    before, after = (sum(judged[word][name] for word, name in some) / len(some) for some in (pairs, kept))
    print(f"{len(judged)} words, {len(pairs)} labels close, {before:.3f} right; now {len(kept)}, {after:.3f}")
    assert before < 0.65
    assert after > 0.9


def test_of_labels_only_kinds_of_each_other_are_close(embedder: TextEmbedder, labels: list[str]) -> None:
    """Each of the labels asked for: the rest of its vocabulary is beside it, but for kinds of it."""
    near = _near(embedder, labels, labels)
    before = sum(len(names) for names in near)
    kept = [
        (word, name)
        for word, names in zip(labels, near, strict=True)
        for name in names
        if label_kinds().may_stand_for(name, word)
    ]
    print(f"close to {len(labels)} labels: {before}; now {len(kept)}")
    assert len(kept) < before / 8
    assert not {("dog", "cat"), ("dog", "bird"), ("cat", "dog"), ("car", "truck")} & set(kept)
