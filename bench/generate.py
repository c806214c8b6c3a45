"""A made-up library of any size: rows only, no files. The same seed gives the same library.

    python -m bench.generate DATABASE_URL --assets 100000

What matters for plans is kept as in real libraries: a few places, cameras and things are very common and most are
rare (Zipf), pictures come in bursts of an event, a third carries writing, videos are few and speak at length.
Rows go in by COPY; generated columns and words are indexed by the database itself.
"""

import argparse
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha512

import numpy as np
from psycopg import sql

from bench.vocabulary import CAMERAS, LENSES, THINGS, TOWNS, WORDS
from core.terms import name_words
from db.connect import Connection, connect
from db.vectors import space_id

_FIRST = datetime(2008, 1, 1)
_DAYS = 6500
_VERSION = "1+generated"
_ANALYSES = ("metadata", "preview", "objects", "faces", "text", "embedding", "speech")
_ANALYSIS_OF = {"object": "objects", "tag": "embedding", "text": "text", "said": "speech", "name": "ingest"}
_ASSET = (
    "id owner_id kind sha512 mime name path bytes added_at width height duration_s taken_at taken_local"
    " utc_offset_min offset_source taken_source camera_make camera_model lens lat lon position_source place_name"
    " place_admin place_country rating"
)
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
insert into vocabulary (owner_id, kind, word)
select distinct %(owner_id)s::bigint, t.kind, w.word
from (select distinct kind, words from term where asset_id between %(first)s and %(last)s) t
cross join lateral regexp_split_to_table(search_text(t.words), ' ') as w(word)
where length(w.word) between 2 and 40 and w.word !~ '^[0-9]{5,}$'
on conflict do nothing
"""
Row = tuple[object, ...]
Said = tuple[str, str, float | None, tuple[float, float] | None, float | None, float | None]
"""A term: kind, words, score, place of its box, from, to (seconds)."""


@dataclass(frozen=True, slots=True)
class Made:
    """Ids of the first and last asset, and how many terms and faces there are."""

    first_id: int
    last_id: int
    terms: int
    faces: int


@dataclass(frozen=True, slots=True)
class _Event:
    """Pictures taken together: an afternoon somewhere, with one camera, of the same things."""

    start: datetime
    town: tuple[str, str, str, float, float]
    camera: tuple[str, str]
    things: list[str]


def generate(
    connection: Connection, assets: int, *, seed: int = 1, owner_id: int = 1, dimensions: int | None = None
) -> Made:
    """Write a library of so many assets for an owner, in the caller's transaction.

    `dimensions`: also a picture vector of so many numbers for each (slow: its HNSW index grows with them).
    """
    chance = _Chance(seed)
    row = connection.execute("select coalesce(max(id), 0) as last from asset").fetchone()
    first = (row["last"] if row else 0) + 1
    rows: list[Row] = []
    terms: list[Row] = []
    faces: list[Row] = []
    for asset_id, event in enumerate(_events(chance, assets), first):
        video = chance.happens(0.07)
        duration_s = round(chance.about(20, 1.0), 2) if video else None
        rows.append(_asset(chance, asset_id, owner_id, seed, event, duration_s))
        found = [
            *_seen(chance, event, duration_s),
            *_written(chance),
            *_said(chance, duration_s),
            *_facts(rows[-1]),
        ]
        terms += _term_rows(asset_id, found)
        if any(words == "person" for _, words, *_ in found):
            faces += [_face(chance, asset_id, number, duration_s) for number in range(chance.upto(4))]
    _copy(connection, "asset", _ASSET, rows)
    _copy(connection, "term", "asset_id analysis version kind ordinal words score x y w h at_s end_s", terms)
    _copy(connection, "face", "asset_id version ordinal x y w h score width_px at_s points", faces)
    _copy_files_and_jobs(connection, rows)
    given = {"first": first, "last": first + assets - 1, "owner_id": owner_id}
    connection.execute(_FILL_DOCUMENTS, given)
    connection.execute(_FILL_VOCABULARY, given)
    if dimensions:
        _copy_vectors(connection, chance, range(first, first + assets), dimensions)
    connection.execute("select setval(pg_get_serial_sequence('asset', 'id'), (select max(id) from asset))")
    return Made(first, first + assets - 1, len(terms), len(faces))


class _Chance:
    """Random numbers in blocks, as one at a time is slow."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self._uniform: Iterator[float] = iter(())

    def __call__(self) -> float:
        """0 to 1."""
        for number in self._uniform:
            return number
        self._uniform = iter(self.rng.random(100_000).tolist())
        return self()

    def happens(self, often: float) -> bool:
        return self() < often

    def upto(self, count: int) -> int:
        """0 to `count` - 1, all alike."""
        return int(self() * count)

    def common(self, count: int) -> int:
        """0 to `count` - 1, the first far more often: log-uniform, which is near Zipf's law."""
        return int(count ** self()) - 1

    def about(self, middle: float, spread: float) -> float:
        """Log-normal about a median."""
        return middle * float(np.exp(spread * self.rng.standard_normal()))

    def some(self, mean: float) -> int:
        """One or more, geometric."""
        return int(np.log(1 - self()) / np.log(1 - 1 / mean)) + 1


def _events(chance: _Chance, assets: int) -> Iterator[_Event]:
    """The event of each asset; an event has one to a few hundred pictures."""
    left = assets
    while left:
        event = _Event(
            _FIRST + timedelta(days=chance.upto(_DAYS), hours=7 + 14 * chance()),
            TOWNS[chance.common(len(TOWNS))],
            CAMERAS[chance.common(len(CAMERAS))],
            [THINGS[chance.upto(len(THINGS))] for _ in range(8)],
        )
        pictures = min(left, int(chance.about(12, 1.2)) + 1)
        left -= pictures
        yield from [event] * pictures


def _asset(
    chance: _Chance, asset_id: int, owner_id: int, seed: int, event: _Event, duration_s: float | None
) -> Row:
    town, admin, country, lat, lon = event.town
    make, model = event.camera
    phone = make in ("Apple", "Google", "Samsung")
    taken = event.start + timedelta(seconds=int(chance.about(1800, 1.0)))
    dated, placed = chance.happens(0.94), chance.happens(0.75 if phone else 0.3)
    mime = "video/mp4" if duration_s else "image/heic" if make == "Apple" else "image/jpeg"
    name = f"IMG_{asset_id:06d}.{ {'video/mp4': 'mp4', 'image/heic': 'heic', 'image/jpeg': 'jpg'}[mime] }"
    when = (taken.replace(tzinfo=UTC), taken, 60, "tag", "EXIF") if dated else (None,) * 5
    where: Row = (None,) * 6
    if placed:
        at = (lat + (chance() - 0.5) * 0.2, lon + (chance() - 0.5) * 0.2)
        where = (*at, "tag", town, admin, country)
    return (
        asset_id, owner_id, "video" if duration_s else "photo", _digest(seed, owner_id, asset_id),
        mime, name, f"{taken.year}/{town.replace(' ', '')}/{name}", int(chance.about(3e6, 0.5)),
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=asset_id), 4032, 3024, duration_s, *when, make, model,
        None if phone else LENSES[chance.common(len(LENSES))], *where,
        1 + chance.upto(5) if chance.happens(0.05) else None,
    )  # fmt: skip


def _digest(*parts: int) -> bytes:
    return sha512(repr(parts).encode()).digest()


def _seen(chance: _Chance, event: _Event, duration_s: float | None) -> Iterator[Said]:
    """Things and tags: those of the event again and again, persons in every second picture."""
    things = ["person"] if chance.happens(0.5) else []
    things += [event.things[chance.common(len(event.things))] for _ in range(chance.upto(4))]
    for thing in dict.fromkeys(things):
        for _ in range(chance.some(1.6)):
            at_s = round(chance() * duration_s, 2) if duration_s else None
            yield "object", thing, 0.3 + 0.65 * chance(), (chance() * 0.7, chance() * 0.7), at_s, None
    for _ in range(chance.upto(4)):
        yield "tag", WORDS[chance.common(1000)], 0.2 + 0.7 * chance(), None, None, None


def _written(chance: _Chance) -> Iterator[Said]:
    if chance.happens(0.3):
        for _ in range(chance.some(5)):
            words = " ".join(WORDS[chance.common(len(WORDS))] for _ in range(chance.some(2.5)))
            yield "text", words, 0.6 + 0.4 * chance(), (chance() * 0.7, chance() * 0.7), None, None


def _said(chance: _Chance, duration_s: float | None) -> Iterator[Said]:
    at_s = 0.0
    if duration_s is None or chance.happens(0.4):
        return
    while at_s < duration_s:
        end_s = at_s + 2 + 4 * chance()
        words = " ".join(WORDS[chance.common(len(WORDS))] for _ in range(4 + chance.upto(12)))
        yield "said", words, None, None, round(at_s, 2), round(end_s, 2)
        at_s = end_s + 3 * chance()


def _facts(asset: Row) -> Iterator[Said]:
    """Words of the file's name, camera and place, as ingest and `metadata` leave them."""
    facts = dict(zip(_ASSET.split(), asset, strict=True))
    for words in name_words(str(facts["path"])):
        yield "name", words, None, None, None, None
    yield "camera", f"{facts['camera_make']} {facts['camera_model']}", None, None, None, None
    for kind, column in (
        ("camera", "lens"),
        *(("place", f"place_{part}") for part in ("name", "admin", "country")),
    ):
        if facts[column]:
            yield kind, str(facts[column]), None, None, None, None


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


def _face(chance: _Chance, asset_id: int, number: int, duration_s: float | None) -> Row:
    at_s = round(chance() * duration_s, 2) if duration_s else None
    points = json.dumps([[0.1, 0.1]] * 5)
    return asset_id, _VERSION, number, chance() * 0.8, chance() * 0.8, 0.1, 0.15, 0.9, 80.0, at_s, points


def _copy_files_and_jobs(connection: Connection, rows: Sequence[Row]) -> None:
    """Each asset's file with its path, and its analyses as done."""
    assets = [dict(zip(_ASSET.split(), row, strict=True)) for row in rows]
    found = connection.execute("select coalesce(max(id), 0) as last from file").fetchone()
    first = (found["last"] if found else 0) + 1
    files = [
        (number, each["owner_id"], each["id"], "original", each["sha512"], each["bytes"], each["mime"], "store",
         bytes(each["sha512"]).hex())  # type: ignore[call-overload]
        for number, each in enumerate(assets, first)
    ]  # fmt: skip
    _copy(connection, "file", "id owner_id asset_id role sha512 bytes mime kept location", files)
    paths = [(number, each["path"], "command") for number, each in enumerate(assets, first)]
    _copy(connection, "file_path", "file_id path came_by", paths)
    connection.execute("select setval(pg_get_serial_sequence('file', 'id'), (select max(id) from file))")
    connection.execute(
        "insert into analysis (name, version, kinds)"
        " select name, %s, array['photo', 'video'] from unnest(%s::text[]) as a(name) on conflict do nothing",
        (_VERSION, list(_ANALYSES)),
    )
    jobs = [
        (each["id"], name, "done", _VERSION)
        for each in assets
        for name in _ANALYSES
        if name != "speech" or each["kind"] == "video"
    ]
    _copy(connection, "job", "asset_id analysis state version", jobs)


def _copy_vectors(connection: Connection, chance: _Chance, assets: Iterable[int], dimensions: int) -> None:
    space = space_id(connection, f"embedding:generated-{dimensions}", "embedding", dimensions)
    middles = chance.rng.standard_normal((200, dimensions))  # as alike as pictures are that come in kinds
    rows = []
    for asset_id in assets:
        vector = middles[chance.upto(200)] + chance.rng.standard_normal(dimensions)
        vector /= np.linalg.norm(vector)
        rows.append((space, asset_id, "[" + ",".join(f"{number:.5f}" for number in vector) + "]"))
    _copy(connection, "embedding", "space_id asset_id v", rows)


def _copy(connection: Connection, table: str, columns: str, rows: Iterable[Row]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(name) for name in columns.split())
    into = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)
    with connection.cursor().copy(into) as copy:
        for row in rows:
            copy.write_row(row)


def main() -> None:
    """Fill an already migrated database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="URL of a migrated database")
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dimensions", type=int, default=None, help="also picture vectors of so many numbers")
    asked = parser.parse_args()
    began = time.monotonic()
    with connect(asked.url) as connection:
        made = generate(connection, asked.assets, seed=asked.seed, dimensions=asked.dimensions)
    with connect(asked.url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    print(f"{made} in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
