"""What becomes of an arriving file: bytes known already, a variant, one of an asset's files, or a new asset.

Three questions, in this order. Are these bytes here? Then they get one more path. Is there a file that shows the
same and differs only in what is written about it? Then it joins that asset as a variant. Does it belong to another
file (a raw picture beside its JPEG, the moving part of a live photo)? Then both are one asset, whoever came first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.companions import Hints, Role, Shot, role_beside
from core.errors import TemporaryError
from core.media import Kind
from core.terms import Term, name_words
from db import belonging, in_place, jobs, terms
from db import ingest as rows
from db.connect import Connection
from db.in_place import Seen
from db.ingest import NewFile
from media.content import orientation_of, read_hints
from media.store import Store

Row = dict[str, Any]
NO_HINTS = Hints()
_MOST_COPIES = 20  # whose names search finds


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file about to be entered: `place` is where its bytes can be read, `seen` where it lies if in place, `disk`
    the folder from which it is being copied.

    restores: bytes that lie in the trash come out of it (a person brought them), or stay (a rescan found them).
    repaired: its bytes took the place of damaged ones.
    """

    new: NewFile
    place: Path
    hints: Hints = NO_HINTS
    restores: bool = True
    seen: Seen | None = None
    disk: Path | None = None
    repaired: bool = False


@dataclass(slots=True)
class Entered:
    """What became of it. `freed` are hashes whose derived files nobody may need any more."""

    asset_id: int
    file_id: int
    role: Role
    is_new: bool
    restored: bool = False
    begun: list[jobs.Waiting] = field(default_factory=list)
    freed: list[bytes] = field(default_factory=list)


class NotCompared(Exception):
    """These files may have the same content; compare them outside of the transaction, and come again."""

    def __init__(self, candidates: list[Row]) -> None:
        super().__init__()
        self.candidates = candidates


def enter(connection: Connection, store: Store, arrival: Arrival, compared: Mapping[int, bool]) -> Entered:
    """Enter a photo or video. `compared`: file id → whether it has the same content as the arrival.

    Raises NotCompared, and TemporaryError when the same bytes were just being removed for good.
    """
    new = arrival.new
    rows.lock_arrival(connection, new.owner_id, new.sha512)
    if new.kept == "store" and not store.has(new.location):
        raise TemporaryError("the same file was being removed for good at this moment; send it again")
    known = rows.file_by_hash(connection, new.owner_id, new.sha512)
    if known is not None:
        done = _known(connection, arrival, known)
    else:
        joined = _by_person(connection, new)
        if joined is None and not belonging.is_split_off(connection, new.owner_id, new.sha512):
            joined = _variant(connection, store, arrival, compared) or _companion(connection, store, arrival)
        done = joined or _new_asset(connection, new)
        if done.role == "original":
            done.begun += _belongings(connection, new, done.asset_id)
    if arrival.seen is not None:
        settled = in_place.see(connection, arrival.seen, done.file_id, new.sha512)
        done.begun += settle(connection, settled)
    jobs.notify(connection, "asset", new.owner_id, done.asset_id)
    return done


def settle(connection: Connection, file_ids: list[int]) -> list[jobs.Waiting]:
    """Files in place were seen, moved or missed: what follows from that; failed jobs of those that came back."""
    settled = in_place.settle(connection, file_ids)
    for row in settled:
        if row["missing"] != row["missing_now"]:
            jobs.notify(connection, "asset", row["owner_id"], row["asset_id"])
    back = [row["asset_id"] for row in settled if row["missing"] and not row["missing_now"]]
    return rows.restart(connection, back) if back else []


def name_asset(connection: Connection, asset_id: int, *paths: str, is_new: bool = False) -> None:
    """Let search find an asset by its folders and name, and by those of its copies."""
    lines = dict.fromkeys(words for path in paths[:_MOST_COPIES] for words in name_words(path))
    named = {asset_id: [Term(kind="name", words=words) for words in lines]}
    keep = terms.add_terms if is_new else terms.replace_terms_of_many
    keep(connection, "ingest", "1", named)


def _known(connection: Connection, arrival: Arrival, known: Row) -> Entered:
    new = arrival.new
    if rows.add_path(connection, new, known["file_id"]):
        paths = rows.shorten_name(connection, known["asset_id"], known["file_id"])
        if paths:
            name_asset(connection, known["asset_id"], *paths)
    if new.kept == "store" and known["kept"] == "in_place":
        rows.keep_in_store(connection, known["file_id"], new.location)
    done = Entered(known["asset_id"], known["file_id"], "original", is_new=False)
    if known["trashed"] and arrival.restores:
        done.restored = rows.restore_asset(connection, known["asset_id"])
    if arrival.repaired:  # what was found in the damaged bytes may be wrong
        for analysis in (None, "preview", "metadata"):
            done.begun += rows.restart(connection, [known["asset_id"]], analysis)
    elif known["missing"] and new.kept == "store":
        done.begun += rows.restart(connection, [known["asset_id"]])
    return done


def _by_person(connection: Connection, new: NewFile) -> Entered | None:
    """What a person joined once belongs there again when it comes back."""
    found = belonging.joined_to(connection, new.owner_id, new.sha512)
    if found is None:
        return None
    role: Role = found["role"] or "variant"
    file_id = rows.insert_file(connection, new, found["asset_id"], role)
    begun = rows.restart(connection, [found["asset_id"]], "metadata")
    return Entered(found["asset_id"], file_id, role, is_new=True, begun=begun)


def _variant(
    connection: Connection, store: Store, arrival: Arrival, compared: Mapping[int, bool]
) -> Entered | None:
    new = arrival.new
    twin = rows.revision_by_hash(connection, new.owner_id, new.sha512)
    if twin is None:
        candidates = rows.files_by_content(connection, new)
        unknown = [each for each in candidates if each["id"] not in compared]
        if unknown:
            raise NotCompared(unknown)
        twin = next((each for each in candidates if compared[each["id"]]), None)
    if twin is None:
        return None
    if not twin["trashed"] and _shows_better(connection, store, new, arrival.place, twin["asset_id"]):
        return _lead(connection, new, twin, "variant")
    file_id = rows.insert_file(connection, new, twin["asset_id"], "variant")
    done = Entered(twin["asset_id"], file_id, "variant", is_new=True)
    done.begun += rows.restart(connection, [twin["asset_id"]], "metadata")  # it may know more
    if twin["trashed"] and arrival.restores:
        done.restored = rows.restore_asset(connection, twin["asset_id"])
    return done


def _shows_better(connection: Connection, store: Store, new: NewFile, place: Path, asset_id: int) -> bool:
    """Whether a file of the same content is the one to be shown: the main one is broken, or does not know how it
    is turned."""
    if new.damaged is not None:
        return False
    main = rows.main_file(connection, asset_id)
    if main is None or main["damaged"] is not None or main["failed"]:
        return main is not None
    if new.kind is not Kind.PHOTO or orientation_of(place, new.mime) in (None, 1):
        return False
    return orientation_of(store.path(main["kept"], main["location"]), main["mime"]) is None


def show_better(
    connection: Connection, owner_id: int, asset_id: int, sha512: bytes, reason: str
) -> list[jobs.Waiting]:
    """After `preview`: if the main file, which had this hash, is damaged or cannot be shown for `reason`, another
    file of the same picture takes its place; the jobs that follow."""
    rows.lock_owner(connection, owner_id)
    better = rows.better_file(connection, asset_id, sha512, reason)
    if better is None:
        return []
    rows.demote_main(connection, asset_id, "variant")
    rows.promote(connection, better["id"])
    del better["id"]
    begun = lead_anew(connection, asset_id, NewFile(**{**better, "kind": Kind(better["kind"])}))
    jobs.notify(connection, "asset", owner_id, asset_id)
    return begun


def _companion(connection: Connection, store: Store, arrival: Arrival) -> Entered | None:
    new = arrival.new
    own = Shot(new.kind, new.mime, new.name, arrival.hints)
    for each in rows.companions(connection, new):
        if each["trashed"]:
            continue
        hints = read_hints(store.path(each["kept"], each["location"]), each["mime"])
        other = Shot(Kind(each["kind"]), each["mime"], each["name"], hints)
        beside = {"same_shot": bool(each["same_shot"]), "together": bool(each["together"])}
        role = role_beside(other, own, **beside)
        if role is not None:
            file_id = rows.insert_file(connection, new, each["asset_id"], role)
            return Entered(each["asset_id"], file_id, role, is_new=True)
        role = role_beside(own, other, **beside)
        if role is not None:
            return _lead(connection, new, each, role)
    return None


def _lead(connection: Connection, new: NewFile, led: Row, role: Role) -> Entered:
    """The better picture of an asset comes second: it becomes the main file of the asset that there is."""
    before = rows.main_hash(connection, led["asset_id"])
    rows.demote_main(connection, led["asset_id"], role)
    file_id = rows.insert_file(connection, new, led["asset_id"], "original")
    begun = lead_anew(connection, led["asset_id"], new)
    return Entered(led["asset_id"], file_id, "original", is_new=True, begun=begun, freed=[before])


def lead_anew(connection: Connection, asset_id: int, new: NewFile) -> list[jobs.Waiting]:
    """A file that is there becomes the main one, and everything is to be found in it anew."""
    rows.set_main(connection, asset_id, new)
    name_asset(connection, asset_id, new.path)
    return jobs.start_asset(connection, asset_id, new.kind, "arrivals")


def _belongings(connection: Connection, new: NewFile, asset_id: int) -> list[jobs.Waiting]:
    """What came before its main file did: the moving part at another photo, edited versions without a time."""
    for row in rows.take_moving_part(connection, new, asset_id):
        jobs.notify(connection, "asset", row["owner_id"], row["id"])
    learnt = [each for each in rows.link_edited(connection, new, asset_id) if each != asset_id]
    return rows.restart(connection, learnt, "metadata") if learnt else []


def _new_asset(connection: Connection, new: NewFile) -> Entered:
    asset_id, file_id = rows.insert_asset(connection, new)
    name_asset(connection, asset_id, new.path, is_new=True)
    begun = jobs.start_asset(connection, asset_id, new.kind, "arrivals")
    return Entered(asset_id, file_id, "original", is_new=True, begun=begun)
