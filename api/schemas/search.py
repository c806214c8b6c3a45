"""Search, similar assets and faces, the map."""

from typing import Literal

from pydantic import Field

from api.schemas.assets import AssetSummary, PictureVersion
from api.schemas.values import Box, Certainty, Id, Instant, Line, Wire

Likeness = Literal["nearly the same", "alike", "somewhat alike"]
Sort = Literal["match", "newest", "oldest"]


class Why(Wire):
    """One reason for which an asset was found."""

    kind: str = Field(description="object, text, said, name, place, tag, camera, meaning, …")
    text: str
    matched: list[str] = Field(description="The words of `text` that matched.")
    score: float | None = Field(description="The engine's own; kind meaning: cosine of the two texts.")
    certainty: Certainty | None = Field(description="In words; null where nothing is doubted, or measured.")
    box: Box | None
    at_s: float | None
    end_s: float | None
    ranges: list[tuple[int, int]] = Field(
        description="Where in `text` they are: from, to, counted in characters (code points)."
    )
    asked: str | None = Field(description="kind meaning: the part of the query that `text` is close to.")


class Hit(Wire):
    asset: AssetSummary
    score: float
    exact: bool = Field(description="It has the words and fits the filters; false: it is only close in meaning.")
    why: list[Why]


class Chip(Wire):
    """One part of the query, as it was understood."""

    field: str | None
    text: str
    negated: bool
    raw: str
    note: str | None = Field(description="What one should know about it, such as that there are no albums yet.")


class SearchAnswer(Wire):
    """A page: first what has the words, then, apart and not counted with it, what is only close in meaning."""

    items: list[Hit]
    close: list[Hit] = Field(description="Close in meaning only; begins where `items` have ended, on later pages.")
    next: str | None
    chips: list[Chip]
    total: int | None = Field(description="How many have the words, on all pages.")
    close_total: int | None = Field(description="How many more are close in meaning, on all pages.")


class FacetValue(Wire):
    value: str
    count: int
    text: str = Field(description="The part of a query that narrows it to this.", examples=["taken:2019"])


class Facet(Wire):
    """How what was found falls into kinds, years, countries, …; the most frequent values."""

    field: str = Field(examples=["kind"])
    values: list[FacetValue]


class FacetAnswer(Wire):
    total: int
    about: bool = Field(description="So many match that counts are worked out from a random sample.")
    facets: list[Facet]
    chips: list[Chip]


class NewSavedSearch(Wire):
    name: Line = Field(min_length=1, max_length=100)
    query: Line = Field(max_length=1000)
    sort: Sort = "match"


class SavedSearch(Wire):
    """A search to come back to."""

    id: Id
    name: str
    query: str
    sort: Sort
    created_at: Instant


class SavedSearchList(Wire):
    items: list[SavedSearch]
    next: str | None = None


class Suggestion(Wire):
    text: str = Field(description="What to put in place of what is being typed.", examples=["object:bus"])
    label: str
    field: str | None
    count: int


class SuggestionList(Wire):
    items: list[Suggestion]


class SimilarAsset(Wire):
    asset: AssetSummary
    similarity: float = Field(description="Cosine of the two pictures' vectors: no per cent of anything.")
    likeness: Likeness | None = Field(description="In words; null where the engine was never measured.")


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
    similarity: float = Field(description="Cosine of the two faces' vectors: no per cent of anything.")
    certainty: Certainty | None = Field(description="That both faces are one person's.")


class SimilarFaceList(Wire):
    items: list[SimilarFace]
    next: str | None


class Cluster(Wire):
    """Assets near each other at this zoom; the asset `asset_id` stands for them."""

    lat: float
    lon: float
    count: int
    asset_id: Id
    picture_version: PictureVersion
    bounds: tuple[float, float, float, float] = Field(description="West, south, east, north.")


class ClusterList(Wire):
    clusters: list[Cluster]


class Month(Wire):
    month: str = Field(examples=["2019-05"])
    count: int


class MonthList(Wire):
    """When assets with a position were taken; months without any are left out."""

    months: list[Month]
    undated: int


class WaitingFile(Wire):
    """A file in the inbox that is not taken yet."""

    path: str
    bytes: int
    since: Instant
    reason: str


class LibraryStatus(Wire):
    """The library in numbers; `bytes` of originals."""

    assets: int
    photos: int
    videos: int
    bytes: int
    waiting: int
    running: int
    failed: int
    inbox: list[WaitingFile] = Field(
        description="What the watched folder waits for, the longest first; at most 200."
    )
    version: str


class Health(Wire):
    status: Literal["ok", "away"]
    checks: dict[str, str] | None = None
