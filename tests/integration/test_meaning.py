"""Search by meaning with the real model: found by other words, marked as such, below what has the words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import WeightMissing
from core.media import Box, Kind
from core.terms import Term
from db import jobs
from db.connect import Connection, Database
from db.terms import replace_terms
from engines.door import EngineDoor
from library.browse import decide
from library.search import facets, search
from media.derived import DerivedFolder
from tests.engine_door import door
from tests.integration.library_rows import OWNER, new_asset, new_owner
from tests.integration.test_search import CountingCursor
from workers import meaning
from workers.contract import Source, Tools

BOX = Box(0.1, 0.2, 0.3, 0.4)
JFK = (
    "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
)


@pytest.fixture(scope="module")
def engines() -> EngineDoor:
    return door()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


@pytest.fixture
def version(connection: Connection, engines: EngineDoor) -> str:
    """The analysis is known to the library, as after `fovea up`."""
    tools = Tools(engines, Path, Path())
    found = meaning.ANALYSIS.full_version(tools)
    declared = {"name": "meaning", "version": found, "kinds": ["photo", "video"], "after": []}
    jobs.register_analyses(connection, [declared])
    return found


def analyse(
    connection: Connection, engines: EngineDoor, version: str, asset_id: int, owner_id: int = OWNER
) -> Any:
    """What the loop of the workers does with this analysis."""
    derived = DerivedFolder(Path(), bytes(64))
    source = Source(asset_id, owner_id, Kind.PHOTO, "image/jpeg", "a.jpg", Path("a.jpg"), None, derived)
    given = meaning.read(connection, source, version)
    source = Source(
        asset_id, owner_id, Kind.PHOTO, "image/jpeg", "a.jpg", Path("a.jpg"), None, derived, given=given
    )
    engine = meaning.open_engine(Tools(engines, Path, Path()), meaning.Settings())
    result = meaning.analyse(engine, source)
    meaning.save(connection, source, version, result)
    return result


@pytest.fixture
def library(connection: Connection, engines: EngineDoor, version: str) -> dict[str, int]:
    made = {
        "dog": new_asset(connection, Term("object", "dog", 0.9, BOX), Term("object", "frisbee", 0.6)),
        "bus": new_asset(
            connection, Term("object", "bus", 0.9, BOX), Term("place", "Madrid"), Term("place", "Spain")
        ),
        "menu": new_asset(
            connection,
            Term("text", "chocolate cake with butter,", 0.9, BOX),
            Term("text", "eggs and sugar", 0.9, BOX),
        ),
        "speech": new_asset(connection, Term("said", JFK, at_s=2.0, end_s=11.0), kind="video"),
        "car": new_asset(connection, Term("object", "car", 0.9, BOX), Term("text", "XK 12 R7", 0.8)),
    }
    for asset_id in made.values():
        analyse(connection, engines, version, asset_id)
    return made


def ask(connection: Connection, engines: EngineDoor, query: str, **more: Any) -> list[dict[str, Any]]:
    """What has the words, then what is close in meaning."""
    found = search(connection, OWNER, query, door=engines, **more)
    return [*found["items"], *found["close"]]


@pytest.mark.parametrize(
    ("query", "name", "text", "source"),
    [
        ("puppy", "dog", "dog", "puppy"),
        ("automobile", "car", "car", "automobile"),
        ("public transport", "bus", "bus", "public transport"),
        ("baking", "menu", "chocolate cake with butter, eggs and sugar", "baking"),
        ("duty to your nation", "speech", JFK, "duty to your nation"),
        ("puppy has:objects", "dog", "dog", "puppy"),
        ("a puppy frisbee", "dog", "dog", "puppy"),
    ],
)
def test_what_is_meant_is_found_by_other_words(
    connection: Connection,
    engines: EngineDoor,
    library: dict[str, int],
    query: str,
    name: str,
    text: str,
    source: str,
) -> None:
    first = ask(connection, engines, query)[0]
    assert first["asset"]["id"] == library[name]
    assert search(connection, OWNER, query)["items"] == []  # not by the words
    (why, *_) = [why for why in first["why"] if why["kind"] == "meaning"]
    assert (why["text"], why["asked"]) == (text, source)
    assert 0.38 <= why["score"] <= 1
    assert first["score"] <= 0.5
    if name == "speech":
        assert (why["at_s"], why["end_s"]) == (2.0, 11.0)
    else:
        assert why["box"] == pytest.approx({"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4})


@pytest.mark.parametrize(
    "query", ["xqzptl", "asdfgh", "flurble gronk", "quantum", "1234", "sadness", "tax return", "the", "zzzz"]
)
def test_nonsense_and_what_is_not_there_find_nothing(
    connection: Connection, engines: EngineDoor, library: dict[str, int], query: str
) -> None:
    assert ask(connection, engines, query) == []


def test_what_has_the_words_goes_before_what_is_only_close(
    connection: Connection, engines: EngineDoor, library: dict[str, int], version: str
) -> None:
    written = new_asset(connection, Term("text", "puppy", 0.2))
    analyse(connection, engines, version, written)
    hits = ask(connection, engines, "puppy")
    assert [hit["asset"]["id"] for hit in hits] == [written, library["dog"]]
    assert [{why["kind"] for why in hit["why"]} for hit in hits] == [{"text"}, {"meaning"}]
    after, pages = None, []
    while True:
        page = search(connection, OWNER, "puppy", limit=1, after=after, door=engines)
        pages += [*page["items"], *page["close"]]
        after = page["next"]
        if after is None:
            break
    assert pages == hits
    assert facets(connection, OWNER, "puppy")["total"] == 1
    for elsewhere in ("object:puppy", '"puppy"', "text:automobile", "dog -puppy"):
        assert all(why["kind"] != "meaning" for hit in ask(connection, engines, elsewhere) for why in hit["why"])


@pytest.mark.parametrize("sort", ["match", "newest", "oldest"])
def test_what_is_close_stands_apart_and_is_not_counted(
    connection: Connection, engines: EngineDoor, version: str, sort: Any
) -> None:
    named = [new_asset(connection, Term("object", "dog", 0.8)) for _ in range(3)]
    bred = [new_asset(connection, Term("tag", "golden retriever", 0.8)) for _ in range(2)]
    others = [new_asset(connection, Term("object", other, 0.9)) for other in ("cat", "bird", "horse")]
    others.append(new_asset(connection, Term("object", "cat", 0.9), Term("object", "bird", 0.9)))
    for day, asset_id in enumerate([*bred, *others, *named], 1):
        at = f"2020-01-{day:02}"
        connection.execute("update asset set taken_local = %s where id = %s", (at, asset_id))
        analyse(connection, engines, version, asset_id)
    found = search(connection, OWNER, "dog", sort=sort, door=engines)
    assert {hit["asset"]["id"] for hit in found["items"]} == set(named)
    assert {hit["asset"]["id"] for hit in found["close"]} == set(bred)
    assert (found["total"], found["close_total"]) == (3, 2)
    assert all(hit["exact"] for hit in found["items"])
    assert not any(hit["exact"] for hit in found["close"])
    counted = {facet["field"]: facet["values"] for facet in facets(connection, OWNER, "dog")["facets"]}
    assert [(one["value"], one["count"]) for one in counted["object"]] == [("dog", 3)]
    seen, after = [], None
    while True:
        page = search(connection, OWNER, "dog", sort=sort, door=engines, limit=2, after=after)
        assert (page["total"], page["close_total"]) == (3, 2)
        seen += [*page["items"], *page["close"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [*found["items"], *found["close"]]


def test_only_what_is_close_in_meaning_is_found_but_nothing_counted(
    connection: Connection, engines: EngineDoor, library: dict[str, int]
) -> None:
    found = search(connection, OWNER, "automobile", door=engines)
    assert (found["items"], found["total"], found["close_total"]) == ([], 0, 1)
    assert [hit["asset"]["id"] for hit in found["close"]] == [library["car"]]


def test_nobody_is_close_to_what_is_anothers_or_deleted(
    connection: Connection, engines: EngineDoor, library: dict[str, int], version: str
) -> None:
    other = new_owner(connection, "other")
    theirs = new_asset(connection, Term("object", "horse", 0.9), owner_id=other)
    analyse(connection, engines, version, theirs, other)
    gone = new_asset(connection, Term("object", "horse", 0.9))
    analyse(connection, engines, version, gone)
    connection.execute("update asset set deleted_at = now() where id = %s", (gone,))
    assert ask(connection, engines, "pony") == []
    connection.execute("update asset set deleted_at = null where id = %s", (gone,))
    assert [hit["asset"]["id"] for hit in ask(connection, engines, "pony")] == [gone]


def test_a_text_has_one_vector_and_goes_with_its_last_asset(
    connection: Connection, engines: EngineDoor, library: dict[str, int], version: str
) -> None:
    def passages() -> set[str]:
        return {row["words"] for row in connection.execute("select words from passage")}

    again = new_asset(connection, Term("object", "dog", 0.8))
    assert analyse(connection, engines, version, again).vectors == {}
    assert "dog, frisbee" in passages()
    replace_terms(connection, library["dog"], "test", "2", [Term("object", "horse", 0.9)])
    analyse(connection, engines, version, library["dog"])
    assert {"dog", "horse"} <= passages()
    assert "dog, frisbee" not in passages()
    assert [hit["asset"]["id"] for hit in ask(connection, engines, "puppy")] == [again]
    connection.execute("delete from asset where id = any(%s)", ([again, library["speech"]],))
    assert not {"dog", JFK} & passages()
    assert {"bus", "car", "horse"} <= passages()


def test_a_search_by_meaning_takes_the_same_few_statements_for_any_page(
    connection: Connection, engines: EngineDoor, version: str
) -> None:
    for number in range(12):
        analyse(connection, engines, version, new_asset(connection, Term("object", "dog", 0.5 + number / 50)))
    connection.cursor_factory = CountingCursor
    counted = set()
    for limit in (1, 5, 0):
        CountingCursor.statements = 0
        assert len(ask(connection, engines, "puppy", limit=limit)) == (limit or 12)
        counted.add(CountingCursor.statements)
    assert len(counted) == 1
    assert counted.pop() <= 12


def test_without_weights_search_goes_by_words(
    connection: Connection, library: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    def missing(name: str) -> Path:
        raise WeightMissing(f"{name} is not here")

    nothing = EngineDoor(missing)
    for _ in range(2):
        assert [hit["asset"]["id"] for hit in ask(connection, nothing, "dog")] == [library["dog"]]
        assert ask(connection, nothing, "puppy") == []
    assert [record.message for record in caplog.records if "by words only" in record.message] != []
    assert len([record for record in caplog.records if "by words only" in record.message]) == 1


def test_it_waits_for_what_it_reads_and_is_done_again_when_that_changes(database: Database) -> None:
    both, video = ["photo", "video"], ["video"]
    declared: list[dict[str, Any]] = [
        {"name": "preview", "version": "1", "kinds": both, "after": []},
        {"name": "objects", "version": "1", "kinds": both, "after": ["preview"]},
        {"name": "speech", "version": "1", "kinds": video, "after": ["preview"]},
        {"name": "meaning", "version": "1", "kinds": both, "after": [], "reads": ["objects", "speech", "person"]},
    ]
    with database.transaction() as connection:
        jobs.register_analyses(connection, declared)
        asset_id = new_asset(connection, Term("object", "dog", 0.9))

        def end(analysis: str, state: str) -> list[str]:
            connection.execute(
                "update job set state = %s, error = 'x' where asset_id = %s and analysis = %s",
                (state, asset_id, analysis),
            )
            woken = jobs.wake_readers(connection, asset_id, analysis, "arrivals") if state == "done" else []
            return [job.analysis for job in (*woken, *jobs.follow_ups(connection, asset_id, "arrivals"))]

        assert [job.analysis for job in jobs.start_asset(connection, asset_id, Kind.PHOTO, "arrivals")] == [
            "preview"
        ]
        assert end("preview", "done") == ["objects"]
        assert end("objects", "failed") == ["meaning"]
        assert end("meaning", "done") == []
        assert end("objects", "done") == ["meaning"]
        assert end("meaning", "running") == []
        assert end("objects", "done") == ["meaning"]  # it may have read before: begun anew
        end("meaning", "done")
        decide(connection, OWNER, asset_id, {"comment": "my best friend"})
        row = connection.execute("select state from job where analysis = 'meaning'").fetchone()
        assert row == {"state": "waiting"}
        broken = new_asset(connection)
        jobs.start_asset(connection, broken, Kind.PHOTO, "arrivals")
        connection.execute("update job set state = 'failed' where asset_id = %s", (broken,))
        assert [job.analysis for job in jobs.follow_ups(connection, broken, "arrivals")] == ["meaning"]
