"""Uploads that can be resumed."""

from typing import Literal

from pydantic import Field

from api.schemas.values import Id, Instant, Wire


class UploadInPieces(Wire):
    """A file on its way in: how much of it is there, and what became of it."""

    id: str
    path: str = Field(description="Folders and name, as they will be kept.")
    bytes: int
    offset: int = Field(description="How much of it is there; go on from here.")
    state: Literal["receiving", "done", "refused"]
    asset_id: Id | None = Field(description="Once it is done.")
    status: Literal["new", "known"] | None = Field(description="Whether the library had these bytes before.")
    reason: str | None = Field(description="Why it was refused.")
    created_at: Instant
    expires_at: Instant = Field(description="It is forgotten then, unless more of it comes.")


class UploadInPiecesList(Wire):
    items: list[UploadInPieces]
    next: str | None
