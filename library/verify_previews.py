"""Whether the previews that were made are still there; those that are not can be made again."""

from itertools import islice
from typing import TYPE_CHECKING, Any

from db import upkeep
from db.connect import Database
from library.findings import Finding, Verified
from media.derived import PREVIEW, THUMBNAIL, DerivedFolder, frame_name
from media.store import Store
from media.whole import is_whole

if TYPE_CHECKING:
    from library.verify import VerifyWish

_TOGETHER = 500


def check_previews(database: Database, store: Store, wish: "VerifyWish", found: Verified) -> None:
    """Look at preview, thumbnail and key frames of every asset that has them; queue what lacks when asked to."""

    def ask(name: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        with database.transaction() as connection:
            return upkeep.asking(connection)(name, values)

    rows = upkeep.previewed(ask, wish.since)
    while batch := list(islice(rows, _TOGETHER)):
        found.previews += len(batch)
        lacking = {row["id"]: lack for row in batch if (lack := what_lacks(store, row, quick=wish.quick))}
        if not lacking:
            continue
        if wish.repair:
            with database.transaction() as connection:
                upkeep.preview_again(connection, list(lacking))
        for row in batch:
            if row["id"] in lacking:
                reason = ", ".join(lacking[row["id"]][:3])
                found.add(Finding("preview", row["path"], reason, (row["id"],), settled=wish.repair))


def what_lacks(store: Store, row: dict[str, Any], *, quick: bool = False) -> list[str]:
    """The names of an asset's derived files that are missing or cut off."""
    derived = store.derived(bytes(row["sha512"]))
    wanted = [PREVIEW, THUMBNAIL, *(frame_name(at_ms) for at_ms in row["frames_ms"] or ())]
    there = derived.names()
    if not isinstance(derived, DerivedFolder):  # elsewhere every file is there whole, or not at all
        return [name for name in wanted if name not in there]
    return [name for name in wanted if name not in there or not is_whole(derived.path / name, quick=quick)]
