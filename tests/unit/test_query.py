"""The query language: what is understood, what is refused, and that printing loses nothing."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import BadRequest, UnknownFilter
from core.filters import READERS, Amount, Area, Choice, Circle, Taken
from core.query import FIELDS, Clause, parse


def only(text: str) -> Clause:
    (clause,) = parse(text).clauses
    return clause


def test_words_phrases_and_negation() -> None:
    query = parse('red -"ask not" OBJECT:bus text:“cero emisiones” -said:moon')
    assert query.clauses == (
        Clause(None, ("red",)),
        Clause(None, ("ask", "not"), phrase=True, negated=True),
        Clause("object", ("bus",)),
        Clause("text", ("cero", "emisiones"), phrase=True),
        Clause("said", ("moon",), negated=True),
    )
    assert [clause.raw for clause in query.clauses][3] == "text:“cero emisiones”"
    assert query.clauses[4].span == (48, 58)


def test_a_word_with_punctuation_is_a_phrase_of_its_pieces() -> None:
    assert only("IMG_1234.jpg") == Clause(None, ("IMG", "1234", "jpg"), phrase=True)
    assert only("12:30") == Clause(None, ("12", "30"), phrase=True)
    assert only("https://example.org/a") == Clause(None, ("https", "example", "org", "a"), phrase=True)


def test_one_quoted_word_is_exact() -> None:
    assert only('"buses"') == Clause(None, ("buses",), phrase=True)
    assert only("buses") == Clause(None, ("buses",), phrase=False)


@pytest.mark.parametrize("text", ["", "   ", "-", "!!! - ...", '""'])
def test_nothing_to_look_for_is_the_whole_library(text: str) -> None:
    assert parse(text).clauses == ()


def test_a_space_after_the_colon_is_forgiven() -> None:
    assert parse("taken: 2019 object: bus") == parse("taken:2019 object:bus")
    with pytest.raises(BadRequest, match="object: says nothing"):
        parse("object: taken:2019")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019", date(2019, 1, 1), date(2019, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2019-05-03", date(2019, 5, 3), date(2019, 5, 3)),
        ("2019..2021-06", date(2019, 1, 1), date(2021, 6, 30)),
        ("..2020", None, date(2020, 12, 31)),
        ("2020-03..", date(2020, 3, 1), None),
    ],
)
def test_taken(text: str, first: date | None, last: date | None) -> None:
    clause = only(f"taken:{text}")
    assert clause.value == Taken(first, last)
    assert clause.text == text


def test_other_filters() -> None:
    assert only("within:-9.5,38.6,-9,38.9").value == Area(-9.5, 38.6, -9.0, 38.9)
    assert only("within:170,-20,-170,-10").value == Area(170.0, -20.0, -170.0, -10.0)
    assert only('near:"38.71,-9.14,5"').value == Circle(38.71, -9.14, 5.0)
    assert only("rating:>=4").value == Amount(4.0, None)
    assert only("duration:>60").value == Amount(60.0, None, least_open=True)
    assert only("rating:2..4").value == Amount(2.0, 4.0)
    assert only("-has:faces") == Clause("has", negated=True, value=Choice("faces"))
    assert only("kind:videos").value == Choice("video")
    assert only("format:.JPG").value == Choice("jpeg")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("taken:2019-13", "no such month"),
        ("taken:2019-02-30", "no such day"),
        ("taken:yesterday", "taken:2019..2021-06"),
        ("taken:..", "needs a date"),
        ("taken:2021..2019", "ends before it begins"),
        ("taken:0000", "not a date"),
        ("taken:", "taken:"),
        ("within:1,2,3", "4 numbers"),
        ("within:0,50,1,40", "south above its north"),
        ("within:0,0,999,1", "not on the globe"),
        ("near:1,2,nan", "needs a number"),
        ("near:1,2,-5", "distance"),
        ("kind:audio", "photo, video"),
        ("has:money", "position, date, faces, text, speech, objects"),
        ("rating:good", "needs a number"),
        ("text:!!", "nothing to look for"),
        ("x" * 1001, "1000 characters"),
        ("a " * 33, "32 parts"),
        ("a" * 101, "longer than 100"),
        ("a-" * 21, "more than 20 words"),
    ],
)
def test_what_is_malformed_is_named_with_an_example(text: str, says: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "nearest", "corrected", "as_words"),
    [
        ("folder:lisbon", "name", "name:lisbon", '"folder:lisbon"'),
        ("foo:bar", None, None, '"foo:bar"'),
        ("beach palce:Lund -has:faces", "place", "beach place:Lund -has:faces", 'beach "palce:Lund" -has:faces'),
        ("-year:2019", "taken", "-taken:2019", '-"year:2019"'),
        ("date:monday", None, None, '"date:monday"'),  # taken: could not read it
        ('Path:"two words"', "name", 'name:"two words"', '"path:two words"'),
        ("date_taken:2019", None, None, '"date_taken:2019"'),
        ("without:position", "no", "no:position", '"without:position"'),
        ("camra:nikon", "camera", "camera:nikon", '"camra:nikon"'),
    ],
)
def test_an_unknown_filter_is_said_with_what_may_have_been_meant(
    text: str, nearest: str | None, corrected: str | None, as_words: str
) -> None:
    with pytest.raises(UnknownFilter) as caught:
        parse(text)
    told = caught.value
    assert (told.nearest, told.corrected, told.as_words) == (nearest, corrected, as_words)
    assert "taken" in told.known
    assert "taken, " in str(told)
    assert all(parse(each).clauses for each in (corrected, as_words) if each)


@pytest.mark.parametrize(
    "text",
    [
        "10:30",
        "at 10:30:15",
        "https://example.org/a?b=c:d",
        "ftp://x",
        "Note: milk",
        "Re: invoice",
        "PS:",
        r"C:\\fotos\\2019",
        "std::vector",
        "a:b",
        "mailto:anna@example.org",
        "tel:+4670123",
        "aa:bb:cc:dd",
        ":-)",
        ":)",
        "16:9",
        "2:1",
        '"folder:lisbon"',
        "T10:30",
        "Ünï:x",
        "注意:牛奶",
    ],
)
def test_colons_in_text_stay_text(text: str) -> None:
    assert {clause.field for clause in parse(text).clauses} <= {None}


def test_a_name_with_a_space_behind_its_colon_is_a_word_and_that_is_said() -> None:
    query = parse("folder: lisbon Note: milk")
    notes = [query.note(index) for index in range(len(query.clauses))]
    assert notes == [
        "there is no filter folder: (there is name:); this is searched for as a word",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize("text", ["no:date", "no:time", "no:dates", "no:taken"])
def test_what_has_no_date_can_be_asked_for(text: str) -> None:
    assert only(text) == Clause("no", value=Choice("date"))


pieces = st.one_of(
    st.text(max_size=12),
    st.sampled_from([f"{field}:" for field in FIELDS]),
    st.sampled_from(['"', "-", ":", " ", "..", "2019", "-9.5,3,4,5", ">=", "“", "\u0301", "\ud800", "bus"]),
)


@given(st.lists(pieces, max_size=12).map("".join))
@example("\u037e a")
@example("-(text:x")
@example('text:"a"b"c')
@example("rating:<-0.0")
@example("taken:9999-12-31")
def test_any_text_is_read_or_refused_and_prints_as_it_is_read(text: str) -> None:
    try:
        query = parse(text)
    except BadRequest:
        return
    assert parse(str(query)) == query
    assert all(text[slice(*clause.span)] == clause.raw for clause in query.clauses)


numbers = st.floats(-1e6, 1e6)
values = st.one_of(
    st.builds(lambda field, text: f"{field}:{text}", st.sampled_from(sorted(READERS)), st.text(max_size=20)),
    st.builds(lambda a, b: f"taken:{min(a, b)}..{max(a, b)}", st.dates(), st.dates()),
    st.builds(lambda a: f"taken:{a}", st.dates()),
    st.builds(lambda a, b: f"rating:{min(a, b)}..{max(a, b)}", numbers, numbers),
    st.builds(lambda sign, a: f"duration:{sign}{a}", st.sampled_from([">", "<", ">=", "<=", "="]), numbers),
    st.builds(
        lambda w, e, s, n: f"within:{w},{min(s, n)},{e},{max(s, n)}",
        st.floats(-180, 180),
        st.floats(-180, 180),
        st.floats(-90, 90),
        st.floats(-90, 90),
    ),
)


@given(values)
def test_values_print_as_they_are_read(text: str) -> None:
    try:
        query = parse(text)
    except BadRequest:
        return
    assert parse(str(query)) == query


def test_what_does_not_exist_yet_is_read_and_says_so() -> None:
    person, album = parse('person:"Anna B" -album:summer').clauses
    query = parse('person:"Anna B" -album:summer bus')
    assert (person.field, person.words, query.note(0)) == ("person", ("Anna", "B"), "persons have no names yet")
    assert (album.negated, query.note(1)) == (True, "there are no albums yet")
    assert not person.is_searched
    assert query.note(2) is None


def test_words_that_join_others_are_not_looked_for() -> None:
    query = parse('a man in "the" suit in: -the')
    assert query.free == {1: "man", 4: "suit"}
    assert query.in_words == "a man in suit in"
    assert "too common" in (query.note(0) or "")
    assert parse("the").free == {0: "the"}
