"""Search, similar assets and faces, the map."""

from typing import Literal

from pydantic import Field

from api.schemas.assets import AssetSummary
from api.schemas.values import Box, Id, Wire


class Why(Wire):
    """One reason for which an asset was found."""

    kind: str = Field(description="object, text, said, name, place, tag, camera, meaning, …")
    text: str
    matched: list[str] = Field(description="The words of `text` that matched.")
    score: float | None
    box: Box | None
    at_s: float | None
    end_s: float | None


class Hit(Wire):
    asset: AssetSummary
    score: float
    why: list[Why]


class Chip(Wire):
    """One part of the query, as it was understood."""

    field: str | None
    text: str
    negated: bool
    raw: str


class SearchAnswer(Wire):
    items: list[Hit]
    next: str | None
    chips: list[Chip]
    total: int | None


class Suggestion(Wire):
    text: str = Field(description="What to put in place of what is being typed.", examples=["object:bus"])
    label: str
    field: str | None
    count: int


class SuggestionList(Wire):
    items: list[Suggestion]


class SimilarAsset(Wire):
    asset: AssetSummary
    similarity: float = Field(description="Cosine of the two pictures' vectors.")


class SimilarAssetList(Wire):
    items: list[SimilarAsset]
    next: str | None


class FaceInAsset(Wire):
    id: Id
    box: Box
    at_s: float | None


class SimilarFace(Wire):
    asset: AssetSummary
    face: FaceInAsset
    similarity: float = Field(description="Cosine of the two faces' vectors.")
    probability: float = Field(description="That both faces are one person's.")


class SimilarFaceList(Wire):
    items: list[SimilarFace]
    next: str | None


class Cluster(Wire):
    """Assets near each other at this zoom; the asset `asset_id` stands for them."""

    lat: float
    lon: float
    count: int
    asset_id: Id
    bounds: tuple[float, float, float, float] = Field(description="West, south, east, north.")


class ClusterList(Wire):
    clusters: list[Cluster]


class LibraryStatus(Wire):
    """The library in numbers; `bytes` of originals."""

    assets: int
    photos: int
    videos: int
    bytes: int
    waiting: int
    running: int
    failed: int
    version: str


class Health(Wire):
    status: Literal["ok", "away"]
    checks: dict[str, str] | None = None
