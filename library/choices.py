"""What a person chooses for one analysis of one asset: it is kept apart from results and survives every re-run."""

from typing import Any

from core.errors import BadRequest, NotFound
from core.languages import spoken_language
from db import choices, jobs
from db.connect import Connection


def choose_language(connection: Connection, owner_id: int, asset_id: int, language: str | None) -> dict[str, Any]:
    """Have the speech of a video written down in the language a person says; None: let it be found out again.

    What was written down before stays until the new transcript is there. Raises NotFound for an asset the owner
    does not have, BadRequest for a photo or a language there is none of.
    """
    chosen = {"language": spoken_language(language)} if language is not None else {}
    kind = choices.kind_of(connection, owner_id, asset_id)
    if kind is None:
        raise NotFound(f"there is no asset {asset_id}")
    if kind != "video":
        raise BadRequest(f"asset {asset_id} is a {kind}: nothing is said in it")
    jobs.lock_asset(connection, asset_id)
    choices.keep_choice(connection, asset_id, "speech", chosen)
    queued = choices.begin_anew(connection, asset_id, "speech")
    jobs.notify(connection, "asset", owner_id, asset_id)
    return {"asset_id": asset_id, "language": chosen.get("language"), "queued": queued}
