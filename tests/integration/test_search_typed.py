"""Names, numbers and parts of words are found as people type them (report 50 and its kin)."""

from collections.abc import Iterator

import pytest

from core.terms import Term, name_words
from db.connect import Connection, Database
from library.search import search
from tests.integration.library_rows import OWNER, new_asset

WRITTEN = {
    "Rückfragen: +49 (0)30 123 45-67": ("030 1234567", "0301234567", "+49 30 1234567", "1234567", "text:4567"),
    "Tel. 089/55 66 778": ("089 5566778", "0895566778", "089/5566778", "+49 89 5566778", "5566778"),
    "B-AB 1234": ("B AB 1234", "BAB1234", "b-ab1234", "B-AB 1234", "AB 1234", "text:AB1234"),
    "MÜ·XY 77E": ("MÜ XY 77E", "MU-XY77E", "muxy77e", "xy77"),
    "Summe EUR 1.299,95": ("1299,95", "1.299", "1299", "1.299,95", "EUR 1.299"),
    "total $ 12.40": ("12.40", "12,40", "$12.40", "1240"),
    "Bestellung 2024-00123/A-7": ("2024-00123", "202400123", "2024-00123/A-7", "00123", "00123/A", "20240012"),
    "Rechnungsnummer RE/7741.09": ("Rechnung", "nummer", "RE7741", "re/7741.09", "774109"),
    "Hauptbahnhof Süd": ("Bahnhof", "Haupt", "bahnh", "hauptbahnhof sued", "Süd", "sud"),
    "Bäckerei Müller & Söhne": ("Mueller", "Muller", "müller", "Baeckerei", "soehne", "bäck"),
    "Große Straße 5": ("Strasse", "straße", "grosse", "text:stra", "GROSSE STRASSE"),
    "Joergensen Ltd": ("Jörgensen", "Jørgensen", "joergens"),
    "O'Neill’s Pub": ("O'Neill", "oneill", "O’Neills", "neill", "oneills"),
    "U-Bahn Zoologischer Garten": ("ubahn", "U-Bahn", "u bahn", "zoolog", "garten"),
    "mail: anna.huber@example.org": ("anna.huber", "example.org", "huber@example", "annahuber", "hube"),
}
"""A line of writing → what people type to find it."""


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


def found(connection: Connection, query: str) -> list[int]:
    return [item["asset"]["id"] for item in search(connection, OWNER, query)["items"]]


def test_what_is_written_is_found_as_it_is_typed(connection: Connection) -> None:
    assets = {line: new_asset(connection, Term("text", line, 0.9)) for line in WRITTEN}
    missing = [
        (line, query)
        for line, queries in WRITTEN.items()
        for query in queries
        if assets[line] not in found(connection, query)
    ]
    assert missing == []
    assert found(connection, "BAB1234") == [assets["B-AB 1234"]]
    assert found(connection, "0301234567") == [assets["Rückfragen: +49 (0)30 123 45-67"]]
    for nothing in ("text:cd1234", "0301234568", '"bahnhof"', '"haupt"', "text:nhofsü", "130 1234567"):
        assert found(connection, nothing) == [], nothing


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("Fuji X-T3 test.jpg", ("X-T3", "X T3", "XT3", "x-t3", '"X-T3"', "fuji xt3", "X-T", "name:T3")),
        ("Canon EOS-5D.Mk2 (1).CR2", ("EOS-5D", "eos5d", "EOS 5D", "5D Mk2", "mk2")),
        ("Scan_2021-03-07_A4b.pdf.png", ("2021-03-07", "20210307", "A4b", "2021-03", "scan")),
        ("PXL_20230501_081530.MP.jpg", ("PXL_20230501", "20230501", "PXL20230501", "081530", "202305")),
        ("Oma&Opa-2ndVisit.jpg", ("2ndVisit", "opa-2nd", "oma", "visit")),
    ],
)
def test_names_are_found_as_they_are_typed(connection: Connection, name: str, queries: tuple[str, ...]) -> None:
    asset = new_asset(connection, *(Term("name", words) for words in name_words(f"holiday/{name}")))
    new_asset(connection, *(Term("name", words) for words in name_words("holiday/Leica Q2.dng")))
    assert [query for query in queries if found(connection, query) != [asset]] == []


def test_whole_words_come_before_longer_ones_and_both_are_marked(connection: Connection) -> None:
    longer = new_asset(connection, Term("text", "Hauptbahnhof 7", 0.99))
    whole = new_asset(connection, Term("text", "Bahnhof", 0.8))
    assert found(connection, "bahnhof") == [whole, longer]
    items = search(connection, OWNER, "bahnhof")["items"]
    assert [item["why"][0]["matched"] for item in items] == [("Bahnhof",), ("Hauptbahnhof",)]
    assert items[1]["score"] <= 0.5
    new_asset(connection, Term("text", "ruf 030 123 45 67 an", 0.9))
    (item,) = search(connection, OWNER, "0301234567")["items"]
    assert item["why"][0]["matched"] == ("030", "123", "45", "67")


def test_short_words_are_parts_only_where_nobody_has_them_or_a_field_asks(connection: Connection) -> None:
    card = new_asset(connection, Term("text", "postcard", 0.9))
    assert found(connection, "car") == [card]
    car = new_asset(connection, Term("object", "car", 0.9))
    assert found(connection, "car") == [car]
    assert found(connection, "text:car") == [card]
    assert set(found(connection, "-car")) == {card}
    assert found(connection, "object:ca") == []


def test_parts_are_of_the_owners_own_library(connection: Connection) -> None:
    other = connection.execute(
        "insert into account (login, role) values ('other', 'editor') returning id"
    ).fetchone()
    assert other is not None
    new_asset(connection, Term("text", "Geheimnummer 4711-0815", 0.9), owner_id=other["id"])
    assert found(connection, "geheim") == found(connection, "47110815") == []
