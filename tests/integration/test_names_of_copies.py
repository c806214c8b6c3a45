"""Several copies of one picture: shown under the shortest of their names, found by each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.connect import Connection, Database
from library.browse import show_asset
from library.search import search
from tests.integration.shelf import Shelf, open_shelf
from tests.media_files import media_files

BUS = media_files().path("bus")


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path) as made:
        yield made


def names(connection: Connection, query: str) -> list[str]:
    return [hit["asset"]["name"] for hit in search(connection, 1, query)["items"]]


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (["a/P1 (copy 3).jpg", "b/P1 (1).jpg", "c/P1.jpg", "d/Copy of P1.jpg"], "c/P1.jpg"),
        (["c/P1.jpg", "a/P1 (1).jpg"], "c/P1.jpg"),
        (["x/P1.jpg", "y/P2.jpg"], "x/P1.jpg"),  # equally short: as it was
        (["x/P100.jpg", "y/P1"], "x/P100.jpg"),  # a name with its ending
        (["deep/down/in/folders/P1.jpg", "P1 again.jpg"], "deep/down/in/folders/P1.jpg"),
    ],
)
def test_copies_show_their_shortest_name(shelf: Shelf, paths: list[str], shown: str) -> None:
    door = shelf.ingest()
    ids = {door.copy(BUS, path, "command", 1).asset_id for path in paths}
    assert len(ids) == 1
    with shelf.database.transaction() as connection:
        asset = show_asset(connection, 1, ids.pop())
        assert (asset["path"], asset["name"]) == (shown, shown.rpartition("/")[2])
        assert set(asset["files"][0]["paths"]) == set(paths)
        for path in paths:
            words = path.rpartition("/")[2].removesuffix(".jpg").replace("(", "").replace(")", "")
            assert names(connection, words) == [asset["name"]], path
