"""A file that was changed where it lies: a new revision of the same asset. Both its hashes stay known."""

from core.sidecars import ENDINGS
from db import in_place, jobs
from db import ingest as rows
from db.connect import Connection
from library.joining import Arrival, Entered, Row, lead_anew, settle
from media.store import Store


def revise(connection: Connection, store: Store, arrival: Arrival, file_id: int) -> Entered | None:
    """The file at `arrival.seen` has other bytes than before.

    None when it must be entered as a file of its own: its former bytes are still there in another place, or the
    new ones are known already.
    """
    new, seen = arrival.new, arrival.seen
    assert seen is not None  # noqa: S101 (only files in place are revised)
    rows.lock_arrival(connection, new.owner_id, new.sha512)
    file = in_place.file_to_revise(connection, file_id)
    if (
        file is None
        or in_place.is_held_elsewhere(connection, file_id, seen)
        or rows.file_by_hash(connection, new.owner_id, new.sha512) is not None
    ):
        return None
    if (file["role"] == "sidecar") != (new.mime in ENDINGS):
        return None
    if file["role"] == "sidecar" and rows.sidecar_of_asset(connection, file["asset_id"], new.sha512) is not None:
        return None
    in_place.revise(connection, file_id, new)
    done = Entered(file["asset_id"], file_id, file["role"], is_new=True)
    if file["role"] == "sidecar":
        done.begun = rows.restart(connection, [file["asset_id"]], "metadata")
    if file["main"]:
        done.begun = _revise_main(connection, store, arrival, file)
        done.freed = [bytes(file["sha512"])]
    done.begun += settle(connection, in_place.see(connection, seen, file_id, new.sha512))
    jobs.notify(connection, "asset", new.owner_id, file["asset_id"])
    return done


def _revise_main(connection: Connection, store: Store, arrival: Arrival, file: Row) -> list[jobs.Waiting]:
    """Only metadata changed: the previews are taken over and `metadata` runs again. Otherwise all runs again."""
    new = arrival.new
    whole = file["content_whole"]
    same = new.content_whole is not None and whole is not None and bytes(whole) == new.content_whole
    # they stay under both hashes until the change is committed
    if same and store.derived(bytes(file["sha512"])).copy_to(new.sha512):
        in_place.revise_asset(connection, file["asset_id"], new)
        return rows.restart(connection, [file["asset_id"]], "metadata")
    return lead_anew(connection, file["asset_id"], new)
