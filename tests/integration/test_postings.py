"""Postings are kept by the database itself: whatever changes terms, times or assets, they say what terms say."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from core.terms import Term
from db.connect import Connection, Database
from db.terms import replace_terms
from library.search import search
from tests.integration.library_rows import OWNER, new_asset, new_owner

_AS_TERMS_SAY = """
select a.owner_id, t.kind, w.word, t.asset_id, max(coalesce(t.score, 1)) as score, a.sort_at
from term t join asset a on a.id = t.asset_id
cross join lateral
  unnest(case when t.label is null then tsvector_to_array(t.tsv) else array[t.label] end) as w(word)
group by 1, 2, 3, 4, 6 order by 1, 2, 3, 4
"""
_AS_KEPT = "select owner_id, kind, word, asset_id, score, sort_at from posting order by 1, 2, 3, 4"


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


def agree(connection: Connection) -> int:
    kept = connection.execute(_AS_KEPT).fetchall()
    assert kept == connection.execute(_AS_TERMS_SAY).fetchall()  # type: ignore[arg-type]
    return len(kept)


def test_postings_follow_terms_times_and_assets(connection: Connection) -> None:
    dogs = [Term("object", "dog", 0.9), Term("object", "dog", 0.95), Term("text", "Beware of dogs", 0.7)]
    one = new_asset(connection, *dogs, Term("tag", "puppy", 0.4))
    other = new_asset(connection, Term("said", "running dogs", at_s=1.0), Term("name", "IMG 1234 jpg"))
    new_asset(connection, Term("object", "dog", 0.5), owner_id=new_owner(connection, "other"))
    assert agree(connection) > 10
    # What two analyses say of one kind: the surer counts, and what the other said stays when one goes.
    replace_terms(connection, one, "person", "1", [Term("tag", "puppy"), Term("tag", "Rex")])
    agree(connection)
    replace_terms(connection, one, "person", "2", [])
    agree(connection)
    assert {row["word"] for row in connection.execute("select word from posting where kind = 'tag'")} == {"puppy"}
    connection.execute("update asset set taken_local = %s where id = %s", (datetime(2001, 1, 1), one))
    agree(connection)
    connection.execute("delete from asset where id = %s", (other,))
    assert agree(connection) > 0
    assert connection.execute("select from posting where asset_id = %s", (other,)).rowcount == 0


def test_hits_are_ordered_by_the_time_an_asset_has_now(connection: Connection) -> None:
    first = new_asset(connection, Term("object", "cat", 0.9), taken_local=datetime(2022, 1, 1))
    second = new_asset(connection, Term("object", "cat", 0.9), taken_local=datetime(2021, 1, 1))

    def found() -> list[int]:
        return [item["asset"]["id"] for item in search(connection, OWNER, "cat", sort="newest")["items"]]

    assert found() == [first, second]
    connection.execute("update asset set taken_local = %s where id = %s", (datetime(2023, 1, 1), second))
    assert found() == [second, first]
    connection.execute(
        "update asset set taken_local = null where id = %s", (second,)
    )  # then by arrival, which is now
    assert found() == [second, first]


def test_words_the_database_cuts_are_found_all_the_same(connection: Connection) -> None:
    new_asset(connection, Term("text", "火车 北京", 0.9))
    both = new_asset(connection, Term("text", "北京火车站", 0.9), Term("object", "bus", 0.9))
    assert [item["asset"]["id"] for item in search(connection, OWNER, "北京火车 bus")["items"]] == [both]
    assert search(connection, OWNER, "bus -火车站")["items"] == []
    assert search(connection, OWNER, "北京火车 bus")["total"] == 1
