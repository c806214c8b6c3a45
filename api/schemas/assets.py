"""Assets: the short form of lists, and everything that is known about one."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.values import Box, Certainty, Id, Instant, Line, LocalTime, Position, Wire

Kind = Literal["photo", "video"]
State = Literal["waiting", "running", "done", "failed", "skipped"]


class Taken(Wire):
    """When it was taken, as precise as that is known, and what is doubtful about it."""

    earliest: str = Field(description="The first second it may be, wall clock.", examples=["1978-01-01T00:00:00"])
    latest: str = Field(description="The last one.", examples=["1978-12-31T23:59:59"])
    precision: Literal["year", "month", "day", "minute", "second"]
    about: bool = Field(description="The source says that it is not sure.")
    source: str | None = Field(
        description="The tag that the time comes from, or `file_name`.", examples=["ExifIFD:DateTimeOriginal"]
    )
    decided: bool = Field(description="By a person.")
    basis: Literal["capture", "file_name", "change"] = Field(
        description="`change`: nothing tells when it was taken, this is when the file was changed."
    )
    clock: Literal["local", "utc"] = Field(description="`utc`: the hour is UTC's, as no zone is known.")
    plausible: bool = Field(description="False: the clock was wrong, whatever it says; see `doubt`.")
    doubt: Literal["default", "future"] | None = Field(
        description="`default`: the clock stands where the device's begins; `future`: later than the file came."
    )
    words: str = Field(examples=["1978", "changed 15 May 2020, 10:25:45"])


PictureVersion = Annotated[
    str, Field(description="As `v` in the addresses of its pictures: under it they are always the same.")
]


class AssetSummary(Wire):
    """What a list needs of an asset."""

    id: Id
    kind: Kind
    name: str
    taken_at: Instant | None
    taken_local: LocalTime | None
    taken: Taken | None
    width: int | None
    height: int | None
    duration_s: float | None
    placeholder: str | None = Field(description="A tiny picture to show while the thumbnail loads.")
    picture_version: PictureVersion
    place: str | None
    position: Position | None
    added_at: Instant
    damaged: str | None = Field(description="What is wrong with the file in words; null where it is whole.")
    busy: bool = Field(description="Some analysis of it has not ended yet.")


class AssetList(Wire):
    items: list[AssetSummary]
    next: str | None


class AssetIds(Wire):
    """Assets by their numbers, the newest last."""

    ids: list[Id]
    paths: list[str] = Field(default=[], description="Of a path: the one of each asset that was meant by it.")


class Day(Wire):
    """How many assets a day has. `day` is a month or a year for what has no more, null for what has no time."""

    day: str | None = Field(examples=["2022-05-03", "1978"])
    count: int
    place: str | None = Field(description="Where most of them were taken.")


class Timeline(Wire):
    days: list[Day]


class Statement(Wire):
    """What one more file of a picture says about it."""

    what: Literal["taken", "position", "camera"]
    says: str
    used: bool = Field(description="The picture has it from this file; otherwise it contradicts.")


class File(Wire):
    """One stored file of an asset."""

    says: list[Statement] = Field(description="What it says that the file that is shown does not.")
    role: Literal["original", "raw", "live", "variant", "sidecar"]
    path: str
    paths: list[str] = Field(description="Every path under which the same bytes came.")
    sha512: str
    bytes: int
    mime: str
    in_place: bool = Field(description="It lies where a person put it, not in the library's store.")
    missing_since: Instant | None = Field(description="In place, and not found there.")
    damaged: str | None = Field(description="What is wrong with it in words; null where it is whole.")
    apart: bool = Field(description="A sidecar that a person said is not this photo's; it says nothing.")
    former: list[str] = Field(description="SHA-512 of what it was before it was changed in place, latest first.")


class MovingPart(Wire):
    """The film of a live or motion photo; it is at /assets/{id}/moving-part."""

    source: Literal["file", "inside"] = Field(description="A file of its own, or taken out of the photo.")


class Camera(Wire):
    make: str | None
    model: str | None
    lens: str | None


class AssetPosition(Position):
    """Where it was taken. `radius_m`: how far off the position may be, where that is known."""

    alt_m: float | None
    direction_deg: float | None
    radius_m: float | None
    source: str | None


class Place(Wire):
    name: str | None
    admin: str | None
    country: str | None


class FoundObject(Wire):
    """One thing of a known class. `at_s` only in videos. `score` is the engine's, `certainty` what it means."""

    label: str
    score: float
    certainty: Certainty | None = Field(description="In words; null where the engine was not measured.")
    box: Box
    at_s: float | None


class FoundFace(Wire):
    """One face. `person` and `probability` are null until somebody is named."""

    id: Id
    box: Box
    score: float
    person: str | None
    probability: float | None
    at_s: float | None


class FoundText(Wire):
    """One line of writing, as read; `read` false: writing in a script that cannot be read, without words."""

    text: str
    score: float
    certainty: Certainty | None
    box: Box
    at_s: float | None
    read: bool


class Segment(Wire):
    """A stretch of speech, about a sentence."""

    start_s: float
    end_s: float
    text: str
    language: str | None
    language_unsure: bool = Field(description="The language is only guessed, and so are the words.")


class Speech(Wire):
    """What is said. No segments: it was listened to, and nothing is said."""

    language: str | None
    language_source: str | None = Field(description='"person", or the analysis that found it.')
    language_probability: float | None = Field(description="The engine's own: no per cent of being right.")
    language_certainty: Certainty | None = Field(description="What that means; null when a person named it.")
    language_unsure: bool = Field(description="The language of most of it is only guessed.")
    segments: list[Segment]


class Tag(Wire):
    """A word for the whole picture, from a person, a file (`score` null) or an analysis."""

    label: str
    score: float | None
    certainty: Certainty | None
    source: str = Field(description='"person", "file", "variant", "sidecar", or the analysis that found it.')


class AnalysisOfAsset(Wire):
    """How far an analysis is with this asset. `version` is that of the result that is shown."""

    state: State
    version: str | None
    error: str | None
    can_retry: bool = Field(default=False, description="It failed, and trying again may help.")


class Frame(Wire):
    """A key frame of a video; its picture is at /assets/{id}/frames/{ms}."""

    at_s: float
    ms: int


class Proposal(Wire):
    """A model's answer that waits for a person."""

    field: str
    value: str
    probability: float


class NearDuplicate(Wire):
    """Another asset that shows nearly the same."""

    id: Id
    similarity: float


class Asset(Wire):
    """Everything that is known about an asset; `fovea show --json` prints the same."""

    id: Id
    sha512: str
    kind: Kind
    mime: str
    name: str
    path: str
    files: list[File]
    bytes: int
    width: int | None
    height: int | None
    duration_s: float | None
    taken_at: Instant | None
    taken_local: LocalTime | None
    taken: Taken | None
    utc_offset: str | None = Field(examples=["+01:00"])
    offset_source: str | None
    taken_source: str | None = Field(
        description="The tag that the time comes from, or `file_name`.", examples=["ExifIFD:DateTimeOriginal"]
    )
    camera: Camera
    position: AssetPosition | None
    place: Place | None
    objects: list[FoundObject]
    faces: list[FoundFace]
    text: list[FoundText]
    speech: Speech | None
    tags: list[Tag]
    title: str | None = Field(description="As the file or a sidecar has it.")
    title_source: str | None = Field(description='"file", "variant" (another file of the picture) or "sidecar".')
    caption: str | None = Field(description="As the file or a sidecar has it.")
    caption_source: str | None = Field(description='"file", "variant" (another file of the picture) or "sidecar".')
    comment: str
    rating: int | None = Field(description="A person's, else the one in the file or a sidecar.")
    rating_source: str | None = Field(description='"person", "file", "variant" or "sidecar".')
    damaged: str | None = Field(
        description="What is wrong with the file it is shown by, in words; null where that is whole."
    )
    analyses: dict[str, AnalysisOfAsset]
    proposals: list[Proposal]
    near_duplicates: list[NearDuplicate]
    added_at: Instant
    placeholder: str | None
    picture_version: PictureVersion
    moving_part: MovingPart | None = Field(description="Of a photo that moves: its film is at /moving-part.")
    frames: list[Frame]
    busy: bool


PersonTag = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]*$")
]


class Changes(Wire):
    """What a person decides about an asset; keys that are left out stay as they are."""

    rating: int | None = Field(default=None, ge=1, le=5, description="1..5; null takes the rating away.")
    comment: Line = Field(default="", max_length=10_000)
    tags: list[PersonTag] = Field(default=[], max_length=100, description="Replaces the person's tags.")


class RawMetadata(Wire):
    """Every tag as ExifTool names it, with its group: `EXIF:Make`."""

    tags: dict[str, object]


class Upload(Wire):
    """What became of an uploaded file. `known`: the same bytes were there already; a new path was added."""

    asset: AssetSummary
    status: Literal["new", "known"]
    path: str
    role: Literal["original", "raw", "live", "variant", "sidecar"] = Field(
        default="original", description="What the file is in its asset, which may have been there before."
    )
    restored: bool = Field(default=False, description="It took its asset out of the trash.")
