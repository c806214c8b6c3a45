"""Search against a real PostgreSQL: what is found, in which order, and why."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Self

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow

from core.errors import BadRequest, NotFound
from core.media import Box
from core.query import FIELDS
from core.terms import Term, name_words
from db.connect import Connection, Database
from db.faces import replace_faces
from db.terms import replace_terms
from fovea.named import search_named
from library.saved import forget_search, list_searches, save_search
from library.search import facets, search
from library.suggest import suggest
from tests.integration.library_rows import OWNER, new_asset, new_owner

BUS = Box(0.1, 0.2, 0.5, 0.4)
JFK = "And so, my fellow Americans, ask not what your country can do for you,"
JFK_TIMES = tuple(0.3 + 0.5 * place for place in range(14))


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


def found(connection: Connection, query: str, **more: Any) -> list[int]:
    return [item["asset"]["id"] for item in search(connection, OWNER, query, **more)["items"]]


def whys(connection: Connection, query: str) -> list[dict[str, Any]]:
    (item,) = search(connection, OWNER, query)["items"]
    return list(item["why"])


def test_words_match_in_every_form(connection: Connection) -> None:
    bus = new_asset(connection, Term("object", "bus", 0.9, BUS), Term("text", "Autobús Nº 27 – Emisión", 0.8))
    people = new_asset(connection, Term("object", "person", 0.8), Term("tag", "traffic light", 0.4))
    for query in ("bus", "BUSES", "object:bus", "emision", "EMISIÓN", "autobus", "text:27", "-people"):
        assert found(connection, query) == [bus], query
    for query in ("people", "person", "object:persons", 'object:"traffic light"', "lights", "person traffic"):
        assert found(connection, query) == [people], query
    for query in ("text:buses", "object:emision", "bus person", '"light traffic"', '"buses"', "zebra"):
        assert found(connection, query) == [], query
    assert found(connection, "") == [people, bus]


def test_a_hit_says_which_words_where_and_how_sure(connection: Connection) -> None:
    new_asset(
        connection,
        Term("text", "EMT Madrid", 0.97, Box(0.7, 0.1, 0.1, 0.1)),
        Term("text", "«Cero Emisiones»", 0.93, Box(0.3, 0.2, 0.2, 0.1)),
        Term("object", "bus", 0.88, BUS),
    )
    text, thing = whys(connection, "text:emisiones object:bus")
    assert text["kind"] == "text"
    assert text["text"] == "«Cero Emisiones»"
    assert text["matched"] == ("Emisiones",)
    assert text["score"] == pytest.approx(0.93)
    assert text["box"] == pytest.approx({"x": 0.3, "y": 0.2, "w": 0.2, "h": 0.1})
    assert (thing["kind"], thing["matched"]) == ("object", ("bus",))
    answer = search(connection, OWNER, "text:emisiones object:bus")
    assert answer["items"][0]["score"] == pytest.approx(0.88, abs=1e-3)
    assert answer["total"] == 1
    assert [chip["field"] for chip in answer["chips"]] == ["text", "object"]


def test_speech_is_found_at_the_second_of_the_word(connection: Connection) -> None:
    said = Term("said", JFK, at_s=0.0, end_s=7.6, word_at_s=JFK_TIMES)
    later = Term("said", "ask what you can do for your country.", at_s=7.6, end_s=11.0)
    video = new_asset(connection, said, later, kind="video", mime="video/mp4", duration_s=11.0)
    assert found(connection, 'said:"not ask"') == []
    assert found(connection, 'said:"ask not"') == [video]
    (why,) = whys(connection, 'said:"ask not"')
    assert why["at_s"] == pytest.approx(JFK_TIMES[5])
    assert why["end_s"] == 7.6
    assert why["matched"] == ("ask", "not")
    first, second = whys(connection, "said:country")
    assert (first["at_s"], second["at_s"]) == (pytest.approx(JFK_TIMES[9]), 7.6)


def test_a_phrase_runs_over_lines_and_over_parts_of_a_long_text(connection: Connection) -> None:
    over = new_asset(connection, Term("text", "ZONA DE CERO", 0.9, BUS), Term("text", "emisiones ya", 0.7, BUS))
    apart = new_asset(connection, Term("text", "cero", 0.9, at_s=1.0), Term("text", "emisiones", 0.9, at_s=4.0))
    assert found(connection, 'text:"cero emisiones"') == [over]
    assert found(connection, "text:cero text:emisiones") == [apart, over]
    (why,) = whys(connection, '"cero emisiones"')
    assert why["text"] == "ZONA DE CERO emisiones ya"
    assert why["matched"] == ("CERO", "emisiones")
    # 9,000 spoken words, an hour: more than one tsvector can hold places of.
    lines = [
        Term("said", f"and then number{i} said hello to number{i + 1} again", at_s=float(i)) for i in range(2000)
    ]
    long = new_asset(connection, *lines, kind="video")
    for at in (0, 250, 1111, 1998):
        assert found(connection, f'said:"number{at + 1} again and then number{at + 1}"') == [long]
        (why,) = whys(connection, f'said:"number{at + 1} again and then number{at + 1}"')
        assert why["at_s"] == at


def test_typing_errors_are_forgiven_when_nothing_is_spelled_so(connection: Connection) -> None:
    emissions = new_asset(connection, Term("text", "cero emisiones", 0.9))
    bicycle = new_asset(connection, Term("object", "bicycle", 0.9))
    assert found(connection, "emisoines") == [emissions]
    assert found(connection, "object:bycicle") == [bicycle]
    assert found(connection, "text:bycicle") == []
    answer = search(connection, OWNER, "emisoines")
    assert answer["items"][0]["why"][0]["matched"] == ("emisiones",)
    assert answer["items"][0]["score"] <= 0.5
    new_asset(connection, Term("text", "emisoines", 0.9))
    assert emissions not in found(connection, "emisoines")


def test_file_names_and_other_scripts(connection: Connection) -> None:
    named = [Term("name", words) for words in name_words("2019/LisbonTrip/IMG_1234.jpg")]
    photo = new_asset(connection, *named)
    station = new_asset(connection, Term("text", "北京火车站", 0.9), Term("text", "МОСКВА ΕΛΛΑΣ", 0.9))
    for query in ("IMG_1234", "img_1234.jpg", "1234", "lisbontrip", "lisbon trip", "name:lisbon"):
        assert found(connection, query) == [photo], query
    for query in ("火车站", "text:北京", "москва", "ελλάς"):
        assert found(connection, query) == [station], query
    assert found(connection, "车火") == []
    assert whys(connection, "火车站")[0]["matched"] == ("北京火车站",)


def test_filters_and_what_they_say(connection: Connection) -> None:
    lisbon = {"lat": 38.7139, "lon": -9.1394, "place_name": "Lisbon", "place_country": "Portugal"}
    may = new_asset(connection, taken_local=datetime(2019, 5, 3, 10, 12), lens="EF 50mm f/1.8", rating=5, **lisbon)
    fiji = new_asset(connection, taken_local=datetime(2021, 6, 30, 23, 59, 59), lat=-17.0, lon=179.9)
    film = new_asset(connection, taken_local=None, kind="video", mime="video/quicktime", duration_s=63.2)
    for query, expected in {
        "taken:2019-05-03": [may],
        "taken:2019..2021-06": [fiji, may],
        "taken:2021-07..": [],
        "-taken:2019": [film, fiji],
        "kind:video": [film],
        "format:mov": [film],
        "format:jpg": [fiji, may],
        "duration:>60": [film],
        "duration:<=63.1": [],
        "rating:>=4": [may],
        "-rating:>=4": [film, fiji],
        "has:position": [fiji, may],
        "no:position": [film],
        "-has:position": [film],
        "no:date": [film],
        "has:date": [fiji, may],
        "-no:date": [fiji, may],
        "within:-10,38,-9,39": [may],
        "within:179,-20,-179,-10": [fiji],
        'near:"38.72,-9.14,1"': [may],
        'near:"38.72,-9.14,0.5"': [],
        'near:"-17,-179.9,30"': [fiji],
        "country:portugal": [may],
        'lens:"50mm f/1.8"': [may],
        "has:faces": [],
        "no:text no:speech no:objects": [film, fiji, may],
    }.items():
        assert found(connection, query) == expected, query
    assert [
        (why["kind"], why["text"]) for why in whys(connection, 'taken:2019 near:"38.72,-9.14,1" has:position')
    ] == [
        ("taken", "2019-05-03 10:12:00"),
        ("near", "38.71390, -9.13940, 0.7 km away"),
        ("has", "position"),
    ]


def test_nobody_finds_what_is_another_owners_or_deleted(connection: Connection) -> None:
    other = new_owner(connection, "other")
    new_asset(connection, Term("object", "giraffe", 0.9), owner_id=other)
    new_asset(connection, Term("object", "elephant", 0.9), deleted_at=datetime(2024, 1, 1))
    for query in ("giraffe", "giraffes", "girafe", "elephant", "object:elefant", ""):
        assert found(connection, query) == [], query
    assert suggest(connection, OWNER, "gira")["items"] == []
    assert suggest(connection, OWNER, "object:ele")["items"] == []


def test_pages_hold_each_hit_once_and_in_order(connection: Connection) -> None:
    ids = [new_asset(connection, Term("object", "cat", 0.05 + 0.09 * (n % 10))) for n in range(23)]
    pages: list[int] = []
    scores: list[float] = []
    after: str | None = None
    while True:
        answer = search(connection, OWNER, "cat", limit=5, after=after)
        pages += [item["asset"]["id"] for item in answer["items"]]
        scores += [round(item["score"], 1) for item in answer["items"]]
        assert answer["total"] == 23
        after = answer["next"]
        if after is None:
            break
    assert sorted(pages) == sorted(ids)
    assert pages == found(connection, "cat", limit=0)
    assert scores == sorted(scores, reverse=True)
    with pytest.raises(BadRequest, match="another query"):
        search(connection, OWNER, "dog", after=search(connection, OWNER, "cat", limit=5)["next"])
    with pytest.raises(BadRequest):
        search(connection, OWNER, "cat", after="nonsense")


@pytest.mark.parametrize("sort", ["match", "newest", "oldest"])
@pytest.mark.parametrize("query", ["cat", "kind:photo", "cat -dog", ""])
def test_each_order_is_kept_over_pages_while_others_arrive(connection: Connection, sort: Any, query: str) -> None:
    minutes = [7, 3, 3, 11, 3, 59, 0, 30, 30, 12, 5, 8]
    for number, minute in enumerate(minutes):
        taken = datetime(2022, 5, 3, 12, minute)
        new_asset(connection, Term("object", "cat", 0.2 + 0.15 * (number % 5)), taken_local=taken)
    whole = found(connection, query, sort=sort, limit=0)
    assert len(whole) == len(minutes)
    pages: list[int] = []
    after: str | None = None
    while True:
        answer = search(connection, OWNER, query, limit=5, after=after, sort=sort)
        pages += [item["asset"]["id"] for item in answer["items"]]
        after = answer["next"]
        if after is None:
            break
        early = {"newest": datetime(2030, 1, 1), "oldest": datetime(1990, 1, 1)}.get(sort, datetime(2030, 1, 1))
        new_asset(connection, Term("object", "cat", 0.99), taken_local=early)
    assert pages == whole
    if sort != "match":
        shown = [
            item["asset"]["taken_local"] for item in search(connection, OWNER, query, limit=0, sort=sort)["items"]
        ]
        assert shown == sorted(shown, reverse=sort == "newest")
        with pytest.raises(BadRequest, match="order"):
            search(
                connection,
                OWNER,
                query,
                limit=5,
                after=search(connection, OWNER, query, limit=5)["next"],
                sort=sort,
            )


def test_matches_are_marked_to_the_character(connection: Connection) -> None:
    new_asset(
        connection,
        Term("text", "ZONA 😀 «DE» CERO", 0.9, BUS),
        Term("text", "emisiones, ya", 0.7, BUS),
        Term("object", "traffic light", 0.5, BUS),
    )
    for query, pieces in {
        '"cero emisiones"': ["CERO", "emisiones"],
        "text:de": ["DE"],
        'object:"traffic light"': ["traffic", "light"],
        "light": ["light"],
    }.items():
        (why,) = whys(connection, query)
        assert [why["text"][start:end] for start, end in why["ranges"]] == pieces
        assert why["box"] is not None


def test_persons_and_albums_find_nothing_and_say_why(connection: Connection) -> None:
    one = new_asset(connection, Term("object", "bus", 0.9))
    answer = search(connection, OWNER, "person:anna bus")
    assert (answer["items"], answer["total"]) == ([], 0)
    assert [chip["note"] for chip in answer["chips"]] == ["persons have no names yet", None]
    assert found(connection, "album:summer") == []
    assert found(connection, "-album:summer") == [one]


def test_facets_count_what_the_query_finds(connection: Connection) -> None:
    lisbon = {
        "lat": 38.7,
        "lon": -9.1,
        "place_name": "Lisbon",
        "place_country": "Portugal",
        "camera_model": "EOS R6",
    }
    seen = [Term("object", "bus", 0.9), Term("object", "bus", 0.8), Term("camera", "Canon EOS R6")]
    bus = new_asset(connection, *seen, Term("place", "Lisbon"), **lisbon)
    both = new_asset(connection, Term("object", "bus", 0.9), Term("object", "car", 0.9), Term("text", "27"))
    film = new_asset(connection, Term("said", "hello"), kind="video", taken_local=datetime(2019, 1, 1))
    new_asset(connection, Term("object", "bus", 0.9), deleted_at=datetime(2024, 1, 1))
    new_asset(connection, Term("object", "bus", 0.9), owner_id=new_owner(connection, "other"))

    def counts(query: str) -> dict[str, dict[str, int]]:
        answer = facets(connection, OWNER, query)
        assert not answer["about"]
        for facet in answer["facets"]:
            for value in facet["values"]:
                assert len(found(connection, f"{query} {value['text']}")) == value["count"], value
        return {facet["field"]: {v["value"]: v["count"] for v in facet["values"]} for facet in answer["facets"]}

    whole = counts("")
    assert whole["kind"] == {"photo": 2, "video": 1}
    assert whole["year"] == {"2022": 2, "2019": 1}
    assert whole["object"] == {"bus": 2, "car": 1}
    assert whole["has"] == {"date": 3, "objects": 2, "position": 1, "speech": 1, "text": 1}
    assert whole["no"] == {"position": 2}
    assert (whole["country"], whole["place"], whole["camera"]) == ({"Portugal": 1}, {"Lisbon": 1}, {"EOS R6": 1})
    assert counts("car")["object"] == {"bus": 1, "car": 1}
    assert counts("zebra") == {}
    # What is analysed anew, or loses its faces, is counted anew.
    kept = [Term("camera", "Canon EOS R6"), Term("place", "Lisbon")]
    replace_terms(connection, bus, "test", "2", [Term("object", "truck", 0.9), *kept])
    connection.execute("delete from term where asset_id = %s", (both,))
    assert counts("")["object"] == {"truck": 1}
    assert found(connection, "has:text") == []
    assert found(connection, "no:objects") == [both, film]


def test_a_search_is_saved_for_its_owner(connection: Connection) -> None:
    other = new_owner(connection, "other")
    first = save_search(connection, OWNER, "  Buses  in Lisbon ", "bus place:lisbon", "newest")
    assert (first["name"], first["sort"]) == ("Buses in Lisbon", "newest")
    again = save_search(connection, OWNER, "Buses in Lisbon", "bus")
    assert (again["id"], again["query"], again["sort"]) == (first["id"], "bus", "match")
    assert search_named(list_searches(connection, OWNER), "buses in lisbon")["query"] == "bus"
    assert list_searches(connection, other)["items"] == []
    for name, query in (("", "bus"), ("x" * 101, "bus"), ("wrong", "taken:never")):
        with pytest.raises(BadRequest):
            save_search(connection, OWNER, name, query)
    with pytest.raises(NotFound):
        forget_search(connection, other, first["id"])
    forget_search(connection, OWNER, first["id"])
    assert list_searches(connection, OWNER)["items"] == []


class CountingCursor(psycopg.Cursor[DictRow]):
    """Counts what is really sent."""

    statements = 0

    def execute(self, *given: Any, **more: Any) -> Self:
        CountingCursor.statements += 1
        return super().execute(*given, **more)


@pytest.mark.parametrize("query", ['horse "a horse" -dog has:objects taken:2022', "hrose", "has:objects", "zebra"])
def test_a_search_takes_the_same_few_statements_for_any_page(connection: Connection, query: str) -> None:
    for number in range(30):
        new_asset(connection, Term("object", "horse", 0.5), Term("said", f"a horse {number}", at_s=1.0))
    connection.cursor_factory = CountingCursor
    counted = set()
    for limit in (1, 7, 30, 0):
        CountingCursor.statements = 0
        facets(connection, OWNER, query)
        assert CountingCursor.statements <= 3  # correct, labels, and all facets at once
        CountingCursor.statements = 0
        assert len(found(connection, query, limit=limit)) == (0 if query == "zebra" else limit or 30)
        counted.add(CountingCursor.statements)
    assert len(counted) == 1
    assert counted.pop() <= 6  # correct, labels, find, lines, spell, and the summaries


def test_a_later_run_replaces_what_an_earlier_one_said(connection: Connection) -> None:
    asset = new_asset(connection, Term("object", "bus", 0.9))
    replace_terms(connection, asset, "other", "1", [Term("text", "tram"), Term("text", "stop")])
    replace_terms(connection, asset, "test", "2", [Term("object", "truck", 0.9)])
    assert found(connection, "object:bus") == []
    assert found(connection, "object:truck") == [asset]
    assert found(connection, '"tram stop"') == [asset]
    replace_terms(connection, asset, "other", "2", [])
    assert found(connection, '"tram stop"') == []
    assert replace_faces(connection, asset, "1", [], 0) == []


def test_suggestions_are_counted_and_replace_the_last_part(connection: Connection) -> None:
    for _ in range(3):
        new_asset(connection, Term("object", "bus", 0.9), Term("object", "bus", 0.8), Term("text", "Bussgeld"))
    new_asset(connection, Term("tag", "traffic light", 0.5), Term("place", "Lisbon"), Term("said", "busy bees"))
    items = suggest(connection, OWNER, "red -bu")["items"]
    assert [(item["text"], item["count"]) for item in items] == [
        ("-object:bus", 3),
        ("-text:bussgeld", 3),
        ("-said:busy", 1),
    ]
    (item,) = suggest(connection, OWNER, "object:traf")["items"]
    assert item == {"text": 'object:"traffic light"', "label": "traffic light", "field": "object", "count": 1}
    assert suggest(connection, OWNER, "li")["items"][0]["text"] == "place:Lisbon"
    assert {"text": "place:", "label": "place", "field": None, "count": 0} in suggest(connection, OWNER, "pla")[
        "items"
    ]
    assert [item["text"] for item in suggest(connection, OWNER, "has:f")["items"]] == ["has:faces"]
    for query, expected in {
        "kind:": {"photo": 4, "video": 0},
        "has:t": {"text": 3},
        "no:te": {"text": 1},
        "no:da": {"date": 0},
        "has:da": {"date": 4},
        "taken:20": {"2022": 4},
        "format:": {"jpeg": 4},
        "rating:": {},
    }.items():
        items = suggest(connection, OWNER, query)["items"]
        assert {item["label"]: item["count"] for item in items} == expected, query
    new_asset(connection, place_country="New Zealand", lens="100% f/2.8")
    (item,) = suggest(connection, OWNER, "country:zea")["items"]
    assert item == {"text": 'country:"New Zealand"', "label": "New Zealand", "field": "country", "count": 1}
    assert suggest(connection, OWNER, "lens:100%")["items"][0]["count"] == 1
    assert suggest(connection, OWNER, "lens:%")["items"] == []
    for odd in ("", "%", "\\", "_", "a\0b", "\ud800", '"', "object:", "x" * 5000):
        suggest(connection, OWNER, odd)


odd_pieces = st.one_of(
    st.text(max_size=10),
    st.sampled_from([f"{field}:" for field in FIELDS]),
    st.sampled_from(["'", '"', "\\", "%s", "%(x)s", "{}", "--", ";", "bus", "'bus'&!", "火车", "😀"]),
    st.sampled_from(["\u0301", "\ud800", "\0", "é", "ß", "½", "x" * 90]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(odd_pieces, min_size=1, max_size=6).map("".join))
def test_no_query_whatever_fails_in_the_database(connection: Connection, text: str) -> None:
    """An error of the database would spoil the transaction, so the statement after it would fail as well."""
    if not found(connection, "bus"):
        new_asset(connection, Term("object", "bus", 0.9), Term("text", "x 火车 é", 0.5), Term("said", "bus bus"))
    with suppress(BadRequest):
        search(connection, OWNER, text, limit=3, sort="oldest")
        facets(connection, OWNER, text)
    suggest(connection, OWNER, text)
    assert connection.info.transaction_status == TransactionStatus.INTRANS
