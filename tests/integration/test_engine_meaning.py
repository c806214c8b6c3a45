"""all-MiniLM-L6-v2: the authors' own published similarities, and what a search relies on."""

import numpy as np
import pytest

from core.errors import BadRequest
from engines.contract import TextEmbedder
from tests.engine_door import door

# From the first example of the sentence-transformers documentation, which prints these for this model.
SENTENCES = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
PUBLISHED = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]


def embedder(**options: object) -> TextEmbedder:
    return door().get("minilm_text", TextEmbedder, options)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_similarities_are_those_the_authors_publish(runtime: str) -> None:
    vectors = embedder(runtime=runtime).embed(SENTENCES)
    assert vectors.shape == (3, embedder().dimensions) == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors @ vectors.T, PUBLISHED, atol=2e-4)


def test_a_question_is_nearest_to_what_it_means() -> None:
    labels = ["dog", "motorcycle", "wedding cake", "snow-covered mountain", "receipt of a supermarket", "beach"]
    asked = {
        "puppy": "dog",
        "seaside holiday": "beach",
        "what did I pay for groceries": "receipt of a supermarket",
        "skiing in the alps": "snow-covered mountain",
    }
    near = embedder().embed(list(asked)) @ embedder().embed(labels).T
    assert [labels[int(row.argmax())] for row in near] == list(asked.values())


def test_a_text_has_the_same_vector_alone_and_among_long_ones() -> None:
    texts = ["cat", "a much longer text about nothing at all " * 100, "cat on a mat", ""]
    together = embedder().embed(texts)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(embedder().embed([text])[0], vector, atol=1e-5)


def test_odd_texts_have_vectors_of_unit_length() -> None:
    odd = ["", " ", "\x00\x07", "\udc80 name", "x" * 1_000_000, "日本語 🦆", "\u202egpj.exe", "a\n" * 5000]
    vectors = embedder().embed(odd)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert embedder().embed([]).shape == (0, 384)


def test_what_the_network_has_no_place_for_is_refused() -> None:
    with pytest.raises(BadRequest, match=r"max_tokens must lie in 8\.\.512"):
        embedder(max_tokens=4096)
