"""What of an asset is compared by meaning."""

from core.media import Box
from core.passages import BRIEF_FLOOR, LONG_FLOOR, Found, passages_of

BOX = Box(0.1, 0.1, 0.2, 0.2)
BELOW = Box(0.3, 0.5, 0.4, 0.1)


def texts(*found: Found) -> list[str]:
    return [passage.words for passage in passages_of(found)]


def test_labels_stand_alone_and_together_when_they_are_sure() -> None:
    found = passages_of(
        [
            Found("object", "dog", 0.5, BELOW),
            Found("object", "dog", 0.9, BOX, at_s=2.0),
            Found("object", "cat", 0.2, BOX),
            Found("tag", "lawn", 0.7),
            Found("tag", "holiday"),
        ]
    )
    assert [(each.source, each.words) for each in found] == [
        ("tag", "holiday"),
        ("object", "dog"),
        ("tag", "lawn"),
        ("scene", "dog, holiday, lawn"),
    ]
    assert (found[1].box, found[1].at_s) == (BOX, 2.0)  # where it is surest
    assert all(each.floor == BRIEF_FLOOR for each in found)


def test_a_place_is_one_text() -> None:
    assert texts(Found("place", "Lisbon"), Found("place", "Lisboa"), Found("place", "Portugal")) == [
        "Lisbon, Lisboa, Portugal"
    ]


def test_lines_become_stretches_but_not_over_frames() -> None:
    lines = [Found("text", "chocolate cake", 0.9, BOX), Found("text", "with butter", 0.9, BELOW)]
    (page,) = passages_of(lines)
    assert page.words == "chocolate cake with butter"
    assert page.box == Box(0.1, 0.1, 0.6, 0.5)
    assert page.floor == LONG_FLOOR
    frames = [Found("text", "exit left", 0.9, at_s=1.0), Found("text", "way out", 0.9, at_s=5.0)]
    assert texts(*frames) == ["exit left", "way out"]
    said = [Found("said", "word " * 15, at_s=float(second), end_s=second + 1.0) for second in range(6)]
    first, second = passages_of([*said[:2], Found("said", "other " * 30, at_s=2.0, end_s=9.0)])
    assert (first.at_s, first.end_s, second.at_s, second.end_s) == (0.0, 2.0, 2.0, 9.0)
    assert len(texts(*said)) == 1  # the same text again is compared once


def test_numbers_and_single_letters_mean_nothing() -> None:
    assert texts(Found("text", "12-34 X 7", 0.9), Found("text", "27", 0.9)) == []
    assert passages_of([]) == []


def test_a_long_recording_has_an_end() -> None:
    said = [Found("said", f"number {second} " * 20, at_s=float(second)) for second in range(3000)]
    assert len(passages_of(said)) == 600
