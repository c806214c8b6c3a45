"""Kinds of values that several schemas share: instants, ids, boxes, text without control characters."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_ID = 2**63 - 1

Id = Annotated[int, Field(ge=1, le=MOST_ID, description="A number that the library gave out.")]

Instant = Annotated[
    str,
    Field(
        json_schema_extra={"format": "date-time"},
        description="ISO 8601 in UTC.",
        examples=["2022-05-03T13:12:04Z"],
    ),
]

LocalTime = Annotated[
    str,
    Field(
        description="ISO 8601 wall clock where it was taken, without an offset; "
        "a date, a month or a year alone where no more is known.",
        examples=["2022-05-03T14:12:04", "2022-05-03", "1978"],
    ),
]

# PostgreSQL stores no NUL character, so none is let in.
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]

Secret = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]


Certainty = Literal["very likely", "likely", "unsure", "unlikely"]
"""At least 95, 75, 40 % of such answers are right, measured; "unlikely" promises nothing."""


class Wire(BaseModel):
    """What every schema has in common: unknown keys of a request are a mistake, not noise."""

    model_config = ConfigDict(extra="forbid")


class Box(Wire):
    """A rectangle in fractions (0..1) of the upright picture."""

    x: float
    y: float
    w: float
    h: float


class Position(Wire):
    """A point on earth, WGS 84 degrees."""

    lat: float
    lon: float
