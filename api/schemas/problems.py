"""RFC 9457: what an error looks like on the wire."""

from typing import Any

from pydantic import Field

from api.schemas.values import Wire


class FieldProblem(Wire):
    """What is wrong with one part of the request."""

    where: str = Field(description="Where it is: body.login, query.limit, …")
    why: str


class UnknownFilter(Wire):
    """A query asks by a filter that does not exist; queries that mean something in its place."""

    name: str = Field(examples=["folder"])
    known: list[str] = Field(description="The filters that there are.")
    nearest: str | None = Field(description="The one that was probably meant.")
    corrected: str | None = Field(description="The query with the nearest filter.")
    as_words: str = Field(description="The query that searches for the words themselves.")


class Problem(Wire):
    """An error: what happened, why, and what to do about it (application/problem+json)."""

    type: str = Field(description="A stable address of this kind of problem.", examples=["/api/docs#not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(ge=400, le=599)
    detail: str = Field(examples=["There is no asset 17, or you may not see it."])
    instance: str | None = Field(
        default=None, description="Names this very request, as X-Request-Id and the server's log do."
    )
    errors: list[FieldProblem] | None = None
    filter: UnknownFilter | None = None


_MEANINGS = {
    400: "The question itself is malformed.",
    401: "No valid session or token came with the request.",
    403: "Known, but not allowed: role, scopes, or the header X-Fovea is missing.",
    404: "There is no such thing, or the caller may not see it.",
    409: "The present state forbids it.",
    410: "It has ended; nothing more of it is taken.",
    412: "Another version of the protocol than this server speaks.",
    413: "The file is larger than this server takes, or than is left of the account's quota.",
    415: "Not a photo or video that Fovea takes.",
    416: "The range lies outside of the file.",
    422: "The request does not fit its schema, or the file cannot be read.",
    423: "Another request is sending to it just now.",
    429: "Too many attempts; Retry-After says when to try again.",
    460: "The checksum of the piece is another one; the piece is forgotten.",
    503: "A service or a model's weights are away; Retry-After says when to try again.",
    507: "There is no room left on the disk.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI responses of a route that can fail in these ways; any other failure has the same form."""
    schema = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    known: dict[int | str, dict[str, Any]] = {
        status: {"description": _MEANINGS[status], "content": schema} for status in (*statuses, 422)
    }
    return {**known, "default": {"description": "Any other failure.", "content": schema}}
