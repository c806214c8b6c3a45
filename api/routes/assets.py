"""Looking at assets, and deciding about them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import After, Limit, PartsDep, Reader, Writer
from api.schemas.assets import Asset, AssetIds, AssetList, Changes, RawMetadata, Timeline
from api.schemas.problems import problems
from api.schemas.speech import LanguageChosen, SpokenLanguage
from api.schemas.values import MOST_ID, Line
from api.tagged import TaggedRoute
from core.errors import BadRequest
from library import browse, choices, trash

router = APIRouter(prefix="/assets", tags=["assets"], route_class=TaggedRoute)

AssetId = Annotated[int, Path(alias="id", ge=1, le=MOST_ID)]


@router.get("", responses=problems(400, 401, 403, 503))
def list_assets(
    caller: Reader,
    parts: PartsDep,
    limit: Limit = 50,
    after: After = None,
    day: Annotated[
        Line | None, Query(max_length=20, description="A date like 2022-05-03, or none for the undated.")
    ] = None,
) -> AssetList:
    """Assets, newest capture first; those without a time of capture stand where they arrived."""
    with parts.database.transaction() as connection:
        found = browse.list_assets(connection, caller.owner_id, limit=limit, after=after, day=day)
    return AssetList.model_validate(found)


@router.get("/timeline", responses=problems(401, 403, 503))
def get_timeline(caller: Reader, parts: PartsDep) -> Timeline:
    """How many assets each day has, newest day first; the undated last."""
    with parts.database.transaction() as connection:
        return Timeline.model_validate(browse.timeline(connection, caller.owner_id))


@router.get("/named", responses=problems(400, 401, 403, 503))
def find_assets(
    caller: Reader,
    parts: PartsDep,
    path: Annotated[Line | None, Query(max_length=4000, description="A path it came under, or its end.")] = None,
    sha512: Annotated[
        str | None, Query(pattern="^[0-9a-fA-F]{128}$", description="Of one of its files, instead of a path.")
    ] = None,
    trashed: Annotated[bool, Query(description="In the trash, by path.")] = False,
) -> AssetIds:
    """The assets that came under a path, or have a file of these bytes: what a person means who names a file."""
    if (path is None) == (sha512 is None) or (trashed and path is None):
        raise BadRequest("name what is looked for by `path` or else by `sha512`; what lies in the trash by `path`")
    with parts.database.transaction() as connection:
        if sha512 is not None:
            found = browse.asset_id_by_sha512(connection, caller.owner_id, bytes.fromhex(sha512))
            return AssetIds(ids=[] if found is None else [found])
        if trashed:
            return AssetIds(ids=trash.ids_by_path(connection, caller.owner_id, path or ""))
        named = browse.assets_named(connection, caller.owner_id, path or "")
    return AssetIds(ids=[asset_id for asset_id, _ in named], paths=[each for _, each in named])


@router.get("/{id}", responses=problems(401, 403, 404, 503))
def get_asset(asset_id: AssetId, caller: Reader, parts: PartsDep) -> Asset:
    """Everything that is known about an asset."""
    with parts.database.transaction() as connection:
        return Asset.model_validate(browse.show_asset(connection, caller.owner_id, asset_id))


@router.patch("/{id}", responses=problems(401, 403, 404, 503))
def change_asset(asset_id: AssetId, changes: Changes, caller: Writer, parts: PartsDep) -> Asset:
    """Keep what a person decides: rating, comment, tags. Keys that are left out stay as they are."""
    decided = changes.model_dump(exclude_unset=True)
    with parts.database.transaction() as connection:
        return Asset.model_validate(browse.decide(connection, caller.owner_id, asset_id, decided))


@router.get("/{id}/metadata", responses=problems(401, 403, 404, 503))
def get_metadata(asset_id: AssetId, caller: Reader, parts: PartsDep) -> RawMetadata:
    """Every tag of the file, as ExifTool names it."""
    with parts.database.transaction() as connection:
        return RawMetadata.model_validate(browse.raw_metadata(connection, caller.owner_id, asset_id))


@router.put("/{id}/language", responses=problems(400, 401, 403, 404, 503))
def choose_language(asset_id: AssetId, said: SpokenLanguage, caller: Writer, parts: PartsDep) -> LanguageChosen:
    """Say which language is spoken in a video: its speech is written down again, the old words stay until then."""
    with parts.database.transaction() as connection:
        done = choices.choose_language(connection, caller.owner_id, asset_id, said.language)
    return LanguageChosen.model_validate(done)
