"""What people wrote into a photo or beside it is found, shown, and gives way to a person's word (report 38)."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.filters import read_value
from db import results
from db.connect import Database
from library import browse
from library.search import search
from media.exiftool import ExifTool, clean_text, read_as_utf8
from tests.integration.library_rows import OWNER, new_asset
from tests.integration.test_metadata_and_preview import source_of, tools  # noqa: F401
from workers import metadata
from workers.contract import Tools

REPORT = Path(__file__).parents[1] / "data" / "reports" / "38-embedded-keywords" / "kw.jpg"
Json = dict[str, Any]
Look = Callable[..., Json]


@pytest.fixture
def look(tools: Tools, database: Database, tmp_path: Path) -> Look:  # noqa: F811
    """Analyse a photo with its sidecars as a worker does; answers the asset."""
    with database.transaction() as connection:
        asset_id = new_asset(connection, taken_local=None)

    def analyse(path: Path, *sidecars: Path, others: tuple[Path, ...] = ()) -> Json:
        reader = metadata.open_reader(tools, metadata.Settings())
        source = replace(source_of(path, tools, asset_id), beside=sidecars)
        source = replace(source, others=tuple((other.stem, other) for other in others))
        try:
            result = metadata.analyse(reader, source)
        finally:
            reader.exiftool.close()
        with database.transaction() as connection:
            metadata.save(connection, source, "1", result)
            results.save_result(connection, asset_id, "metadata", "1", dict(metadata.data(result)))
            connection.execute(
                "insert into analysis (name, version, kinds) values ('metadata', '1', '{photo}')"
                " on conflict do nothing"
            )
            connection.execute(
                "insert into job (asset_id, analysis, state, version) values (%s, 'metadata', 'done', '1')"
                " on conflict do nothing",
                [asset_id],
            )
            return browse.show_asset(connection, OWNER, asset_id)

    return analyse


def found(database: Database, query: str) -> int:
    with database.transaction() as connection:
        return len(search(connection, OWNER, query)["items"])


def tagged(path: Path, *arguments: str, base: Path = REPORT) -> Path:
    """The photo of the report without its tags and with others, by ExifTool."""
    bare = path.with_name("bare.jpg")
    for command in (["-all=", "-o", bare, base], [*arguments, "-o", path, bare]):
        subprocess.run(["exiftool", "-q", *command], check=True, timeout=60)
    bare.unlink()
    return path


def test_what_a_photo_carries_is_found_and_shown(look: Look, database: Database) -> None:
    asset = look(REPORT)
    for query in (
        "Zugspitze",
        "Gipfelkreuz",
        "Karwendel",
        "Alpen",
        "Wanderung",
        "rating:5",
        "rating:>=4",
        "tag:orte",
    ):
        assert found(database, query) == 1, query
    assert found(database, "rating:<5") == 0
    assert (asset["title"], asset["title_source"]) == ("Wanderung", "file")
    assert (asset["caption"], asset["caption_source"]) == ("Gipfelkreuz im Schnee", "file")
    assert (asset["rating"], asset["rating_source"]) == (5, "file")
    assert asset["tags"] == [
        {"label": "Karwendel", "score": None, "certainty": None, "source": "file"},
        {"label": "Zugspitze", "score": None, "certainty": None, "source": "file"},
    ]


def test_what_lies_beside_it_is_found_too(look: Look, database: Database, tmp_path: Path) -> None:
    photo = tagged(tmp_path / "a.jpg", "-XMP-xmp:Rating=2", "-IPTC:Keywords=Lake")
    sidecar = tmp_path / "a.xmp"
    written = [
        "-XMP-xmp:Rating=4",
        "-XMP-dc:Subject=Boat",
        "-XMP-digiKam:TagsList=Trips/Sea",
        "-XMP-dc:Title=Harbour",
    ]
    subprocess.run(["exiftool", "-q", *written, sidecar], check=True, timeout=60)
    asset = look(photo, sidecar)
    assert (asset["title"], asset["title_source"]) == ("Harbour", "sidecar")
    assert (asset["rating"], asset["rating_source"]) == (2, "file")
    assert {(tag["label"], tag["source"]) for tag in asset["tags"]} == {
        ("Lake", "file"),
        ("Boat", "sidecar"),
        ("Sea", "sidecar"),
    }
    for query in ("boat", "trips", "harbour", "lake"):
        assert found(database, query) == 1, query
    # Another sidecar in its place: what the first said is gone.
    other = tmp_path / "b.xmp"
    subprocess.run(["exiftool", "-q", "-XMP-dc:Subject=Pier", other], check=True, timeout=60)
    assert look(photo, other)["title"] is None
    assert (found(database, "boat"), found(database, "pier")) == (0, 1)


def test_another_file_of_the_picture_tells_what_the_main_one_lacks(
    look: Look, database: Database, tmp_path: Path
) -> None:
    asset = look(tagged(tmp_path / "a.jpg", "-XMP-dc:Title=Ours"), others=(REPORT,))
    assert (asset["title"], asset["title_source"]) == ("Ours", "file")
    assert (asset["rating"], asset["rating_source"]) == (5, "variant")
    assert {tag["source"] for tag in asset["tags"]} == {"variant"}
    assert found(database, "zugspitze") == 1


def test_a_maker_is_found_under_its_names(look: Look, database: Database, tmp_path: Path) -> None:
    camera = ["-IFD0:Make=FUJI PHOTO FILM CO., LTD.", "-IFD0:Model=FinePix S2Pro"]
    asset = look(tagged(tmp_path / "a.jpg", *camera))
    assert (asset["camera"]["make"], asset["camera"]["model"]) == ("Fujifilm", "FinePix S2Pro")
    for query in ("camera:fuji", "camera:fujifilm", 'camera:"fuji photo film"', 'camera:"fujifilm finepix"'):
        assert found(database, query) == 1, query
    with database.transaction() as connection:
        assert browse.raw_metadata(connection, OWNER, asset["id"])["tags"]["IFD0:Make"] == camera[0][11:]


def test_a_person_has_the_last_word(look: Look, database: Database, tmp_path: Path) -> None:
    asset_id = look(REPORT)["id"]
    with database.transaction() as connection:
        decided = browse.decide(
            connection, OWNER, asset_id, {"rating": 2, "tags": ["Home", "zugspitze"], "comment": "Ours"}
        )
    assert (decided["rating"], decided["rating_source"]) == (2, "person")
    again = look(REPORT)
    assert (again["rating"], again["rating_source"], again["comment"]) == (2, "person", "Ours")
    assert [(tag["label"], tag["source"]) for tag in again["tags"]] == [
        ("Home", "person"),
        ("zugspitze", "person"),
        ("Karwendel", "file"),
    ]
    sidecar = tmp_path / "kw.xmp"
    subprocess.run(["exiftool", "-q", "-XMP-xmp:Rating=1", sidecar], check=True, timeout=60)
    assert look(REPORT, sidecar)["rating"] == 2
    assert (found(database, "rating:2"), found(database, "rating:5")) == (1, 0)
    # That there is no rating is a decision too.
    with database.transaction() as connection:
        assert browse.decide(connection, OWNER, asset_id, {"rating": None})["rating"] is None
    after = look(REPORT, sidecar)
    assert (after["rating"], after["rating_source"]) == (None, None)
    assert found(database, "rating:>=1") == 0


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        (["-charset", "iptc=utf8", "-IPTC:Keywords=Zürich"], "zürich"),  # UTF-8 that does not say so
        (["-charset", "iptc=latin", "-IPTC:Keywords=Zürich"], "zürich"),
        (["-IPTC:CodedCharacterSet=UTF8", "-IPTC:Keywords=Zürich"], "zürich"),
        (["-charset", "iptc=utf8", "-IPTC:Caption-Abstract=Привет мир"], "привет"),
        (["-IPTC:CodedCharacterSet=UTF8", "-IPTC:ObjectName=横浜"], "横浜"),
        (["-IFD0:XPKeywords=Übung;Гора"], "гора"),
        (["-XMP-microsoft:LastKeywordXMP=Tiere/Hund"], "hund"),
        (["-XMP-microsoft:RatingPercent=75"], "rating:4"),
        (["-XMP-mwg-kw:KeywordInfo={Hierarchy=[{Keyword=Orte,Children=[{Keyword=Watzmann}]}]}"], "watzmann"),
    ],
)
def test_other_programs_and_charsets(
    look: Look, database: Database, tmp_path: Path, arguments: list[str], query: str
) -> None:
    assert read_value("rating", "4")
    look(tagged(tmp_path / "a.jpg", *arguments))
    assert found(database, query) == 1


def test_iptc_in_latin_letters_stays_what_it_is() -> None:
    assert read_as_utf8("Zürich") == "Zürich"
    assert read_as_utf8("ZÃ¼rich") == "Zürich"
    assert read_as_utf8(["â‚¬", "plain", 5, "日本"]) == ["€", "plain", 5, "日本"]


def test_bytes_that_are_no_utf8_cost_one_value_only(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = b'[{"SourceFile": "a", "IFD0:Make": {"val": "Z\xfcrich\xed\xa0\x80"}, "IFD0:\xff": {"val": "\x01x"},'
    answer += b' "IFD0:Model": {"val": "Caf\xc3\xa9"}}]'
    with ExifTool() as exiftool:
        monkeypatch.setattr(exiftool, "_ask", lambda *_: answer)
        values = exiftool.read(REPORT).values
    assert values["IFD0:Model"] == "Café"
    assert str(values["IFD0:Make"]).startswith("Zürich")
    json.dumps(values).encode()
    assert clean_text("\udc80\udcffx") == "€ÿx"
