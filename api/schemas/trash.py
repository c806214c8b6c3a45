"""The trash: what lies in it, and what emptying it did."""

from pydantic import Field

from api.schemas.assets import AssetSummary
from api.schemas.values import Instant, Wire


class TrashedAsset(AssetSummary):
    """An asset in the trash."""

    path: str
    bytes: int
    deleted_at: Instant


class TrashList(Wire):
    items: list[TrashedAsset]
    next: str | None


class Emptied(Wire):
    """What emptying the trash did."""

    removed: int = Field(description="Assets removed for good.")
    freed_bytes: int = Field(description="Bytes of originals that went out of the store.")
    left: int = Field(description="Assets that a worker holds just now; ask again in a moment.")
