"""What is cut short or broken inside is never shown as whole, and what is whole is never called damaged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import RefusedFile, UnreadableMedia
from core.media import Kind
from db import results
from db.connect import Database
from fovea.browse import asset_lines, summary_line
from library.browse import show_asset
from library.search import facets, search
from library.suggest import suggest
from media.child import Child
from media.complaints import BROKEN_INSIDE, CUT_SHORT
from media.keyframes import Sampling, write_keyframes
from media.kinds import sniff
from media.rendering import render_picture
from media.video import probe_video
from tests.integration.library_rows import OWNER, new_asset
from tests.integration.shelf import Shelf, open_shelf
from tests.media_files import media_files
from tests.unit.test_wholeness import cut, media


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child() as opened:
        yield opened


def said_of(child: Child, path: Path, folder: Path) -> str | None:
    """What the decoder says of a file."""
    found = sniff(path)
    folder.mkdir()
    if found.kind is Kind.VIDEO:
        return write_keyframes(path, probe_video(path), folder, Sampling())[1]
    return render_picture(child, path, found.mime, folder / "a.jpg", folder / "b.webp").damaged


def test_no_decoder_calls_a_whole_file_damaged(child: Child, tmp_path: Path) -> None:
    said: dict[str, str | None] = {}
    for number, path in enumerate(media()):
        try:
            said[path.name] = said_of(child, path, tmp_path / str(number))
        except (UnreadableMedia, RefusedFile):
            said[path.name] = None  # a sample too short to hold a frame
    assert len(said) > 60
    assert {name: words for name, words in said.items() if words} == {}


def spoil(path: Path, to: Path, start: float, count: int) -> Path:
    """Other bytes from a place on, the rest as it was."""
    data = bytearray(path.read_bytes())
    at = int(len(data) * start)
    data[at : at + count] = bytes((byte ^ 0x5A) & 0x7F for byte in data[at : at + count])
    to.write_bytes(data)
    return to


@pytest.mark.parametrize("start", [0.2, 0.5, 0.8])
def test_a_photo_that_is_broken_inside_is_shown_and_said_to_be(child: Child, tmp_path: Path, start: float) -> None:
    """With restart markers, as most cameras write them; without, other bytes may be as good as the right ones."""
    broken = spoil(media_files().path("jpeg-south-offset"), tmp_path / "a.jpg", start, 3000)
    assert said_of(child, broken, tmp_path / "made") == BROKEN_INSIDE


def test_a_film_that_is_broken_inside_is_said_to_be(child: Child, tmp_path: Path) -> None:
    broken = spoil(media_files().path("videos") / "small.mp4", tmp_path / "a.mp4", 0.4, 20_000)
    assert said_of(child, broken, tmp_path / "made") == BROKEN_INSIDE


def test_a_half_photo_is_damaged_from_its_arrival_on(shelf: Shelf, tmp_path: Path) -> None:
    half = cut(media_files().path("bus"), 0.5, tmp_path / "half.jpg")
    done = shelf.ingest().copy(half, "half.jpg", "command", OWNER)
    whole = shelf.ingest().copy(media_files().path("zidane"), "whole.jpg", "command", OWNER)
    rows = shelf.rows("select damaged from file order by id")
    assert [row["damaged"] for row in rows] == [CUT_SHORT, None]
    with shelf.database.statements() as connection:
        asset: dict[str, Any] = show_asset(connection, OWNER, done.asset_id)
        assert asset["damaged"] == asset["files"][0]["damaged"] == CUT_SHORT
        assert f"  damaged  {CUT_SHORT}" in asset_lines(asset)
        assert show_asset(connection, OWNER, whole.asset_id)["damaged"] is None
        (item,) = search(connection, OWNER, "is:damaged")["items"]
    assert (item["asset"]["id"], item["asset"]["damaged"]) == (done.asset_id, CUT_SHORT)
    assert item["why"][0]["text"] == CUT_SHORT
    assert summary_line(item["asset"]).endswith("(damaged)") or "(damaged)" in summary_line(item["asset"])


def test_search_narrows_counts_and_completes(database: Database) -> None:
    with database.transaction() as connection:
        broken = new_asset(connection, damaged=BROKEN_INSIDE)
        whole = new_asset(connection)

        def found(query: str) -> list[int]:
            return [item["asset"]["id"] for item in search(connection, OWNER, query)["items"]]

        assert (found("is:damaged"), found("-is:damaged"), found("is:truncated")) == ([broken], [whole], [broken])
        counted = {each["field"]: each["values"] for each in facets(connection, OWNER, "")["facets"]}
        assert counted["is"] == [{"value": "damaged", "count": 1, "text": "is:damaged"}]
        assert "is" not in {each["field"] for each in facets(connection, OWNER, "-is:damaged")["facets"]}
        offered = suggest(connection, OWNER, "is:da")["items"][0]
        assert (offered["text"], offered["count"]) == ("is:damaged", 1)


def test_either_analysis_may_find_it_and_both_must_take_it_back(database: Database) -> None:
    with database.transaction() as connection:
        asset_id = new_asset(connection)

        def say(analysis: str, words: str | None) -> str | None:
            results.set_damaged(connection, asset_id, analysis, words)
            results.save_result(connection, asset_id, analysis, "1", {"damaged": words})
            row = connection.execute("select damaged from asset where id = %s", [asset_id]).fetchone()
            assert row is not None
            kept: str | None = row["damaged"]
            return kept

        assert say("preview", None) is None
        assert say("metadata", CUT_SHORT) == CUT_SHORT
        assert say("preview", None) == CUT_SHORT
        assert say("preview", BROKEN_INSIDE) == BROKEN_INSIDE
        assert say("metadata", None) == BROKEN_INSIDE
        assert say("preview", None) is None
