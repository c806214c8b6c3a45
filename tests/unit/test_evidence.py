"""Which words of which lines are the reason, and when they are said."""

from core.evidence import Line, reasons
from core.media import Box


def line(words: str, ordinal: int = 0, **more: object) -> Line:
    given: dict[str, object] = {
        "kind": "said",
        "ordinal": ordinal,
        "words": words,
        "score": None,
        "box": None,
        "at_s": 0.0,
        "end_s": 9.0,
        "word_at_s": None,
        "complete": True,
    }
    return Line(**{**given, **more})  # type: ignore[arg-type]


def spelled(word: str) -> list[tuple[str, ...]]:
    piece = word.lower().strip(",.")
    return [(piece, piece.removesuffix("ing"))]


def test_the_time_is_that_of_the_phrase_not_of_its_first_word_elsewhere() -> None:
    said = line("Ask me, ask not what", at_s=1.0, word_at_s=(1.0, 1.4, 2.0, 2.5, 3.0))
    (why,) = reasons([said], [frozenset({"ask"}), frozenset({"not"})], spelled, exact=True)
    assert (why.at_s, why.end_s, why.matched) == (2.0, 9.0, ("ask", "not"))


def test_exact_does_not_take_a_stem() -> None:
    said = line("asking not ask not", word_at_s=(1.0, 2.0, 3.0, 4.0))
    want = [frozenset({"ask"}), frozenset({"not"})]
    assert reasons([said], want, spelled, exact=True)[0].at_s == 3.0
    assert reasons([said], want, spelled, exact=False)[0].at_s == 1.0


def test_a_phrase_over_two_lines_has_both_boxes_and_the_weaker_score() -> None:
    lines = [
        line("zona cero", 4, kind="text", complete=False, score=0.9, box=Box(0.1, 0.1, 0.2, 0.1), at_s=None),
        line("emisiones", 5, kind="text", complete=False, score=0.7, box=Box(0.1, 0.25, 0.4, 0.1), at_s=None),
        line("cero", 9, kind="text", complete=False, score=0.9, at_s=None),
    ]
    (why,) = reasons(lines, [frozenset({"cero"}), frozenset({"emisiones"})], spelled, exact=True)
    assert why.text == "zona cero emisiones"
    assert why.score == 0.7
    assert why.box is not None
    assert [round(side, 3) for side in (why.box.x, why.box.y, why.box.w, why.box.h)] == [0.1, 0.1, 0.4, 0.25]


def test_writing_in_different_frames_is_not_one_phrase() -> None:
    lines = [
        line("cero", 4, kind="text", complete=False, at_s=1.0),
        line("emisiones", 5, kind="text", complete=False, at_s=3.0),
    ]
    (why,) = reasons(lines, [frozenset({"cero"}), frozenset({"emisiones"})], spelled, exact=True)
    assert why.matched == ()


def test_speech_comes_in_order_of_time() -> None:
    lines = [line("moon", at_s=9.0), line("the moon", at_s=2.0)]
    assert [why.at_s for why in reasons(lines, [frozenset({"moon"})], spelled, exact=False)] == [2.0, 9.0]


def test_a_name_kept_cut_and_uncut_is_one_reason_as_it_is() -> None:
    lines = [
        line(words, kind="name", at_s=None)
        for words in ("Fuji X T 3 test jpg", "Fuji X T3 test jpg", "X T 3 2019")
    ]
    found = reasons(lines, [frozenset({"x"})], spelled, exact=False)
    assert [why.text for why in found] == ["Fuji X T3 test jpg", "X T 3 2019"], "a folder is another reason"


def test_a_camera_under_several_names_of_its_maker_is_one_reason() -> None:
    names = ("Fujifilm X-T3", "Fuji X-T3")
    lines = [line(words, kind="camera", at_s=None) for words in names]
    spelt = lambda word: [(word.lower(),)]  # noqa: E731 - as the database spells a name
    (why,) = reasons(lines, [frozenset({"x-t3"})], spelt, exact=False)
    assert why.text == "Fujifilm X-T3"
    (why,) = reasons(lines[1:], [frozenset({"fuji"})], spelt, exact=False)
    assert why.text == "Fuji X-T3", "what was typed"
