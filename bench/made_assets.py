"""Made-up assets: when, where and with what each was taken, what is seen, written and said in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha512

from bench.chance import Chance
from bench.vocabulary import CAMERAS, LENSES, PLACEHOLDERS, THINGS, TOWNS, WORDS
from core.terms import name_words

_FIRST = datetime(2008, 1, 1)
_DAYS = 6500
ASSET_COLUMNS = (
    "id owner_id kind sha512 mime name path bytes added_at width height duration_s taken_at taken_local"
    " utc_offset_min offset_source taken_source camera_make camera_model lens lat lon position_source place_name"
    " place_admin place_country rating placeholder"
)
Row = tuple[object, ...]
Said = tuple[str, str, float | None, tuple[float, float] | None, float | None, float | None]
"""A term: kind, words, score, place of its box, from, to (seconds)."""


@dataclass(frozen=True, slots=True)
class Event:
    """Pictures taken together: an afternoon somewhere, with one camera, of the same things."""

    start: datetime
    town: tuple[str, str, str, float, float]
    camera: tuple[str, str]
    things: list[str]


def events(chance: Chance, assets: int) -> Iterator[Event]:
    """The event of each asset; an event has one to a few hundred pictures."""
    left = assets
    while left:
        event = Event(
            _FIRST + timedelta(days=chance.upto(_DAYS), hours=7 + 14 * chance()),
            TOWNS[chance.common(len(TOWNS))],
            CAMERAS[chance.common(len(CAMERAS))],
            [THINGS[chance.upto(len(THINGS))] for _ in range(8)],
        )
        pictures = min(left, int(chance.about(12, 1.2)) + 1)
        left -= pictures
        yield from [event] * pictures


def asset(chance: Chance, asset_id: int, owner_id: int, seed: int, event: Event, duration_s: float | None) -> Row:
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
        1 + chance.upto(5) if chance.happens(0.05) else None, PLACEHOLDERS[chance.upto(len(PLACEHOLDERS))],
    )  # fmt: skip


def _digest(*parts: int) -> bytes:
    return sha512(repr(parts).encode()).digest()


def seen(chance: Chance, event: Event, duration_s: float | None) -> Iterator[Said]:
    """Things and tags: those of the event again and again, persons in every second picture."""
    things = ["person"] if chance.happens(0.5) else []
    things += [event.things[chance.common(len(event.things))] for _ in range(chance.upto(4))]
    for thing in dict.fromkeys(things):
        for _ in range(chance.some(1.6)):
            at_s = round(chance() * duration_s, 2) if duration_s else None
            yield "object", thing, 0.3 + 0.65 * chance(), (chance() * 0.7, chance() * 0.7), at_s, None
    for _ in range(chance.upto(4)):
        yield "tag", WORDS[chance.common(1000)], 0.2 + 0.7 * chance(), None, None, None


def written(chance: Chance) -> Iterator[Said]:
    if chance.happens(0.3):
        for _ in range(chance.some(5)):
            words = " ".join(WORDS[chance.common(len(WORDS))] for _ in range(chance.some(2.5)))
            yield "text", words, 0.6 + 0.4 * chance(), (chance() * 0.7, chance() * 0.7), None, None
        if chance.happens(0.2):
            area, first, second = chance.upto(90) + 10, chance.upto(1000), chance.upto(100)
            number = f"Tel. 0{area}/{first:03d} {second:02d}-{chance.upto(100):02d}"
            yield "text", number, 0.9, (chance() * 0.7, chance() * 0.7), None, None


def said(chance: Chance, duration_s: float | None) -> Iterator[Said]:
    at_s = 0.0
    if duration_s is None or chance.happens(0.4):
        return
    while at_s < duration_s:
        end_s = at_s + 2 + 4 * chance()
        words = " ".join(WORDS[chance.common(len(WORDS))] for _ in range(4 + chance.upto(12)))
        yield "said", words, None, None, round(at_s, 2), round(end_s, 2)
        at_s = end_s + 3 * chance()


def facts(asset: Row) -> Iterator[Said]:
    """Words of the file's name, camera and place, as ingest and `metadata` leave them."""
    facts = dict(zip(ASSET_COLUMNS.split(), asset, strict=True))
    for words in name_words(str(facts["path"])):
        yield "name", words, None, None, None, None
    yield "camera", f"{facts['camera_make']} {facts['camera_model']}", None, None, None, None
    for kind, column in (
        ("camera", "lens"),
        *(("place", f"place_{part}") for part in ("name", "admin", "country")),
    ):
        if facts[column]:
            yield kind, str(facts[column]), None, None, None, None
