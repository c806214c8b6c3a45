"""Taking apart and joining by a person."""

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.values import Id, Instant, Wire

Sha512 = Annotated[str, Field(pattern="^[0-9a-fA-F]{128}$")]


class MovedFile(Wire):
    """A file that moved, and what it was before."""

    sha512: str
    role: Literal["original", "raw", "live", "variant", "sidecar"]


class Belonging(Wire):
    """What a person said about which files are one asset."""

    id: Id
    deed: Literal["split", "join"]
    asset_id: Id | None = Field(description="What a file was taken out of, or what took others in; null: gone.")
    other_id: Id | None = Field(description="What was taken out or in; null for a sidecar, or gone.")
    files: list[MovedFile]
    decided_at: Instant
    undone_at: Instant | None


class BelongingList(Wire):
    items: list[Belonging]
    next: str | None


class Joined(Wire):
    """The asset that took the others in, and a decision for each."""

    asset_id: Id
    items: list[Belonging]


class Split(Wire):
    sha512: Sha512 = Field(description="The file to take out, as `files` of the asset has it.")


class Join(Wire):
    asset_ids: list[Id] = Field(min_length=2, max_length=100)
