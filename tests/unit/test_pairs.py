"""Pairs of vectors that are alike."""

import numpy as np

from core.pairs import alike_pairs


def test_pairs_are_all_pairs_at_least_so_alike() -> None:
    """Against the plain double loop, over more vectors than one block of rows."""
    random = np.random.default_rng(7)
    vectors = random.normal(size=(1100, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = vectors @ vectors.T
    expected = {(a, b) for a in range(1100) for b in range(a + 1, 1100) if cosines[a, b] >= 0.9}
    found = alike_pairs(list(vectors), 0.9)
    assert len(expected) > 50
    assert {(a, b) for a, b, _ in found} == expected
    assert [cosine for _, _, cosine in found] == sorted((cosine for _, _, cosine in found), reverse=True)


def test_one_vector_has_no_pair() -> None:
    assert alike_pairs([], 0.5) == []
    assert alike_pairs([np.ones(3, dtype=np.float32)], 0.5) == []
