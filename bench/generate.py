"""A made-up library of any size: rows only, no files. The same seed gives the same library.

    python -m bench.generate DATABASE_URL --assets 100000

What matters for plans is kept as in real libraries: a few places, cameras and things are very common and most are
rare (Zipf), pictures come in bursts of an event, a third carries writing, videos are few and speak at length.
Rows go in by COPY; generated columns and words are indexed by the database itself.
"""

import argparse
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.chance import Chance
from bench.copy_rows import copy_rows
from bench.made_assets import ASSET_COLUMNS, Row, Said, asset, events, facts, said, seen, written
from bench.made_vectors import copy_passages, copy_picture_vectors
from core.passages import Found, Passage, passages_of
from db.connect import Connection, connect
from engines.contract import TextEmbedder
from engines.door import EngineDoor
from media.weights import WeightStore, default_folder, load_manifest
from workers.catalogue import find_analyses

_VERSION = "1+generated"
_ANALYSIS_OF = {"object": "objects", "tag": "embedding", "text": "text", "said": "speech", "name": "ingest"}
_FILL_DOCUMENTS = """
insert into document (asset_id, analysis, kind, part, score, tsv)
select asset_id, analysis, kind,
  row_number() over (partition by asset_id, analysis, kind order by min(ordinal)) - 1,
  avg(score), to_tsvector('simple', search_text(string_agg(words, ' ' order by ordinal)))
from term where kind in ('text', 'said') and asset_id between %(first)s and %(last)s
group by asset_id, analysis, kind, case when kind = 'text' then at_s end
having count(*) > 1
"""
_FILL_VOCABULARY = """
insert into vocabulary (owner_id, kind, word, suggested)
select distinct %(owner_id)s::bigint, t.kind, w.word, w.suggested
from (select distinct kind, words from term where asset_id between %(first)s and %(last)s) t
cross join lateral vocabulary_words(t.kind, t.words) w
on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class Made:
    """Ids of the first and last asset, and how many terms, faces and different passages there are."""

    first_id: int
    last_id: int
    terms: int
    faces: int
    passages: int


def generate(
    connection: Connection,
    assets: int,
    *,
    seed: int = 1,
    owner_id: int = 1,
    dimensions: int | None = None,
    embedder: TextEmbedder | None = None,
) -> Made:
    """Write a library of so many assets for an owner, in the caller's transaction.

    `dimensions`: also a picture vector of so many numbers for each. `embedder`: also passages, for search by
    meaning.
    """
    chance = Chance(seed)
    row = connection.execute("select coalesce(max(id), 0) as last from asset").fetchone()
    first = (row["last"] if row else 0) + 1
    rows: list[Row] = []
    terms: list[Row] = []
    faces: list[Row] = []
    passages: dict[int, list[Passage]] = {}
    for asset_id, event in enumerate(events(chance, assets), first):
        duration_s = round(chance.about(20, 1.0), 2) if chance.happens(0.07) else None
        rows.append(asset(chance, asset_id, owner_id, seed, event, duration_s))
        found = [*seen(chance, event, duration_s), *written(chance), *said(chance, duration_s), *facts(rows[-1])]
        terms += _term_rows(asset_id, found)
        if any(words == "person" for _, words, *_ in found):
            faces += [_face(chance, asset_id, number, duration_s) for number in range(chance.upto(4))]
        if embedder:
            passages[asset_id] = passages_of([Found(*one[:3], None, *one[4:]) for one in found])
    copy_rows(connection, "asset", ASSET_COLUMNS, rows)
    copy_rows(connection, "term", "asset_id analysis version kind ordinal words score x y w h at_s end_s", terms)
    copy_rows(connection, "face", "asset_id version ordinal x y w h score width_px at_s points", faces)
    _copy_files_and_jobs(connection, rows, f"1+{embedder.identity}" if embedder else _VERSION)
    given = {"first": first, "last": first + assets - 1, "owner_id": owner_id}
    connection.execute(_FILL_DOCUMENTS, given)
    connection.execute(_FILL_VOCABULARY, given)
    connection.execute("select setval(pg_get_serial_sequence('asset', 'id'), (select max(id) from asset))")
    if dimensions:
        copy_picture_vectors(connection, chance, range(first, first + assets), dimensions)
    different = copy_passages(connection, chance, owner_id, embedder, passages) if embedder else 0
    return Made(first, first + assets - 1, len(terms), len(faces), different)


def text_embedder() -> TextEmbedder:
    """The model of search by meaning. Raises WeightMissing, which says how to get it."""
    weights = WeightStore(default_folder(os.environ), load_manifest())
    return EngineDoor(weights.path, 2).get("minilm_text", TextEmbedder)


def _term_rows(asset_id: int, found: Iterable[Said]) -> Iterator[Row]:
    ordinals: dict[str, int] = {}
    for kind, words, score, place, at_s, end_s in found:
        ordinal = ordinals[kind] = ordinals.get(kind, -1) + 1
        box = (*place, 0.2, 0.2) if place else (None,) * 4
        yield (
            asset_id,
            _ANALYSIS_OF.get(kind, "metadata"),
            _VERSION,
            kind,
            ordinal,
            words,
            score,
            *box,
            at_s,
            end_s,
        )


def _face(chance: Chance, asset_id: int, number: int, duration_s: float | None) -> Row:
    at_s = round(chance() * duration_s, 2) if duration_s else None
    points = json.dumps([[0.1, 0.1]] * 5)
    return asset_id, _VERSION, number, chance() * 0.8, chance() * 0.8, 0.1, 0.15, 0.9, 80.0, at_s, points


def _copy_files_and_jobs(connection: Connection, rows: Sequence[Row], meaning: str) -> None:
    """Each asset's file with its path, and its analyses as done; `meaning`: version of that analysis."""
    assets = [dict(zip(ASSET_COLUMNS.split(), row, strict=True)) for row in rows]
    found = connection.execute("select coalesce(max(id), 0) as last from file").fetchone()
    first = (found["last"] if found else 0) + 1
    files = [
        (number, each["owner_id"], each["id"], "original", each["sha512"], each["bytes"], each["mime"], "store",
         bytes(each["sha512"]).hex())  # type: ignore[call-overload]
        for number, each in enumerate(assets, first)
    ]  # fmt: skip
    copy_rows(connection, "file", "id owner_id asset_id role sha512 bytes mime kept location", files)
    paths = [(number, each["path"], "command") for number, each in enumerate(assets, first)]
    copy_rows(connection, "file_path", "file_id path came_by", paths)
    connection.execute("select setval(pg_get_serial_sequence('file', 'id'), (select max(id) from file))")
    analyses = find_analyses().values()  # what lacked a job would be begun by the next `fovea up`
    versions = {each.name: meaning if each.name == "meaning" else _VERSION for each in analyses}
    connection.cursor().executemany(
        "insert into analysis (name, version, kinds, after, reads) values (%s, %s, %s, %s, %s)"
        " on conflict do nothing",
        [
            (one.name, versions[one.name], [kind.value for kind in one.kinds], list(one.after), list(one.reads))
            for one in analyses
        ],
    )
    jobs = [
        (one["id"], each.name, "done", versions[each.name])
        for one in assets
        for each in analyses
        if any(kind.value == one["kind"] for kind in each.kinds)
    ]
    copy_rows(connection, "job", "asset_id analysis state version", jobs)


def main() -> None:
    """Fill an already migrated database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="URL of a migrated database")
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dimensions", type=int, default=None, help="also picture vectors of so many numbers")
    parser.add_argument("--meaning", action="store_true", help="also passages for search by meaning")
    asked = parser.parse_args()
    began = time.monotonic()
    with connect(asked.url) as connection:
        embedder = text_embedder() if asked.meaning else None
        made = generate(connection, asked.assets, seed=asked.seed, dimensions=asked.dimensions, embedder=embedder)
    with connect(asked.url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    print(f"{made} in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
