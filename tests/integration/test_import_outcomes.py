"""What an import of the command says of files that it did not take: on the terminal, in JSON, and on the page."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from db.connect import Database
from library import deeds
from library.deeds import tell_refused
from library.inbox import Inbox
from tests.integration.shelf import open_shelf
from tests.media_files import media_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photos of one content, and four files that are none."""
    made = tmp_path / "card"
    (made / "more").mkdir(parents=True)
    shutil.copy(media_files().path("bus"), made / "bus.jpg")
    shutil.copy(media_files().path("bus"), made / "more" / "again.jpg")
    (made / "empty.jpg").touch()
    (made / "more" / "bill.pdf").write_bytes(b"%PDF-1.7\n" + b"x" * 100)
    (made / "letter.pdf").write_bytes(b"%PDF-1.4\n" + b"y" * 100)
    (made / "words.doc").write_text("nothing to be seen")
    return made


@pytest.mark.parametrize("how", ["--copy", "--move", "--in-place"])
def test_what_is_refused_is_counted_explained_and_kept(
    database: Database, database_url: str, tmp_path: Path, folder: Path, how: str
) -> None:
    environment = {**os.environ, "FOVEA_DATABASE_URL": database_url, "FOVEA_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "fovea.main", "ingest", str(folder), how]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert "1 new, 1 known already, 4 refused" in done.stdout
    assert "refused: 2 × " in done.stderr
    assert "what was refused stays where it is" in done.stderr
    for kept in ("empty.jpg", "letter.pdf", "more/bill.pdf", "words.doc"):
        assert (folder / kept).exists()
    with database.transaction() as connection:
        (seen,) = deeds.list_deeds(connection, 1, limit=0)["items"]
        each = deeds.list_refusals(connection, 1, seen["id"], limit=0)["items"]
    assert (seen["kind"], seen["state"]) == ("import", "done")
    assert (seen["stored"], seen["known"], seen["refused"], seen["done"]) == (1, 1, 4, 6)
    assert sorted(reason["count"] for reason in seen["reasons"]) == [1, 1, 2]
    assert not any(".pdf" in reason["reason"] for reason in seen["reasons"]), "reasons stand without names"
    assert {one["kept"] for one in each} == {
        str(folder / name) for name in ("empty.jpg", "letter.pdf", "more/bill.pdf", "words.doc")
    }
    again = subprocess.run(
        [*command[:4], str(folder / "bus.jpg") if how == "--copy" else str(folder), how, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    statuses = [item["status"] for item in json.loads(again.stdout)["items"]]
    assert again.returncode == (1 if "refused" in statuses else 0)


def test_what_the_inbox_refuses_is_listed_with_where_it_went(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with open_shelf(database, database_url, tmp_path) as shelf:
        inbox = Inbox(
            tmp_path / "inbox",
            shelf.ingest(),
            lambda: 1,
            refused=lambda refusal: tell_refused(database, 1, refusal),
        )
        for name in ("bill.pdf", "more/letter.pdf"):
            place = inbox.folder / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(b"%PDF-1.7\n" + name.encode())
            long_ago = time.time() - 3600
            os.utime(place, (long_ago, long_ago))
        deadline = time.monotonic() + 60
        while list(inbox.folder.glob("*.pdf")) or list(inbox.folder.glob("more/*.pdf")):
            inbox.sweep()
            assert time.monotonic() < deadline
    with database.transaction() as connection:
        (seen,) = deeds.list_deeds(connection, 1, limit=0)["items"]
    assert (seen["kind"], seen["state"], seen["refused"], seen["done"], seen["total"]) == (
        "inbox",
        "done",
        2,
        2,
        2,
    )
    (reason,) = seen["reasons"]
    assert {file["path"] for file in reason["files"]} == {"bill.pdf", "more/letter.pdf"}
    assert all(Path(file["kept"]).is_file() for file in reason["files"])
