"""The made-up libraries of the bench are whole: nothing is left to be done, and what is in them is found."""

from collections.abc import Iterator

import pytest

from bench.generate import generate
from db import jobs
from db.connect import Connection, Database
from library.browse import list_assets
from library.search import facets, search
from tests.integration.library_rows import OWNER, new_owner
from tests.integration.test_postings import agree

_SEEN = "select words, score from term where asset_id between %s and %s and kind = 'object' order by id"


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


def test_a_made_up_library_is_whole(connection: Connection) -> None:
    made = generate(connection, 300, dimensions=8)
    assert jobs.create_missing(connection) == 0
    assert len(list_assets(connection, OWNER, limit=0)["items"]) == 300
    assert agree(connection) > 3000
    total = search(connection, OWNER, "object:person", limit=5)["total"]
    assert 100 < total < 200
    counted = {facet["field"]: facet["values"] for facet in facets(connection, OWNER, "")["facets"]}
    assert next(each["count"] for each in counted["object"] if each["value"] == "person") == total
    vectors = connection.execute("select count(*) as n from embedding").fetchone()
    assert vectors == {"n": made.last_id - made.first_id + 1}


def test_the_same_seed_makes_the_same_library(connection: Connection) -> None:
    one = generate(connection, 50, seed=3)
    same = generate(connection, 50, seed=3, owner_id=new_owner(connection, "other"))
    another = generate(connection, 50, seed=4, owner_id=new_owner(connection, "third"))
    seen = [connection.execute(_SEEN, (made.first_id, made.last_id)).fetchall() for made in (one, same, another)]
    assert seen[0] == seen[1]
    assert seen[0] != seen[2]
