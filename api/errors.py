"""Errors on the wire: the tree of core/errors.py becomes RFC 9457 problems, here and nowhere else."""

import errno
import logging
import re
from collections.abc import Mapping
from typing import Any, cast

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api import occasions
from api.schemas.problems import FieldProblem, Problem, UnknownFilter
from core import errors
from db.connect import is_full

_log = logging.getLogger(__name__)

RETRY_S = 5
LEFT_ASIDE = "Left aside"

# From the particular to the general: the first class that fits decides.
_STATUS: tuple[tuple[type[errors.FoveaError], int, str], ...] = (
    (errors.LeftAside, 415, LEFT_ASIDE),
    (errors.RefusedFile, 415, "File refused"),
    (errors.UnreadableMedia, 422, "Unreadable file"),
    (errors.PermanentError, 422, "Cannot be done"),
    (errors.ChildFailed, 503, "Decoding failed"),
    (errors.NoRoom, 507, "No room"),
    (errors.ServiceAway, 503, "Service away"),
    (errors.TemporaryError, 503, "Try again later"),
    (errors.WeightMissing, 503, "Weights missing"),
    (errors.WeightCorrupt, 503, "Weights corrupt"),
    (errors.NotFound, 404, "Not found"),
    (errors.NotAllowed, 403, "Not allowed"),
    (errors.NotSignedIn, 401, "Not signed in"),
    (errors.InUse, 423, "In use"),
    (errors.Conflict, 409, "Conflict"),
    (errors.OverQuota, 413, "Too large"),
    (errors.UnknownFilter, 400, "Unknown filter"),
    (errors.BadRequest, 400, "Bad request"),
)
_TITLES = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    413: "Too large",
    416: "Range outside of the file",
}


class HttpError(errors.FoveaError):
    """A failure that only exists on the wire: too large, too often, not made yet."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        retry_s: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.headers = {**(headers or {}), **({} if retry_s is None else {"Retry-After": str(retry_s)})}


def problem_response(
    status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """An application/problem+json answer that is never cached."""
    problem = Problem(
        type=f"/api/docs#{title.lower().replace(' ', '-')}",
        title=title,
        status=status,
        detail=detail,
        instance=occasions.current_urn(),
        **more,
    )
    return JSONResponse(
        {name: value for name, value in problem.model_dump().items() if value is not None},
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type="application/problem+json",
    )


def respond(error: Exception) -> Response:
    """The problem for any error. One that nobody foresaw is logged and shows nothing of its inside."""
    if isinstance(error, HTTPException):
        return problem_response(error.status_code, _TITLES.get(error.status_code, "Refused"), error.detail)
    if isinstance(error, HttpError):
        return problem_response(error.status, error.title, str(error), headers=error.headers)
    if isinstance(error, psycopg.OperationalError):
        _log.warning("the database failed while answering a request: %s", error)
        if is_full(error):
            error = errors.NoRoom("the disk of the database is full; free some space. Nothing was changed")
        else:
            error = errors.ServiceAway("the database does not answer; nothing was changed")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return problem_response(507, "No room", "there is no room left on the disk; nothing was stored")
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            headers = {503: {"Retry-After": str(RETRY_S)}, 401: {"WWW-Authenticate": "Bearer"}}.get(status)
            return problem_response(status, title, str(error) or title, headers=headers, **_more(error))
    _log.error("unforeseen error while answering a request", exc_info=error)
    return problem_response(500, "Internal error", "an unforeseen error; the server's log has more about it")


def _more(error: Exception) -> dict[str, Any]:
    """What a program can do something with, beside the words."""
    if not isinstance(error, errors.UnknownFilter):
        return {}
    told = UnknownFilter(
        name=error.name,
        known=list(error.known),
        nearest=error.nearest,
        corrected=error.corrected,
        as_words=error.as_words,
    )
    return {"filter": told}


def install(app: FastAPI) -> None:
    """Make every error of the app's routes a problem."""

    async def foreseen(_: Request, error: Exception) -> Response:
        return respond(error)

    async def malformed(_: Request, error: Exception) -> Response:
        found = [
            FieldProblem(where=".".join(str(part) for part in item["loc"]), why=str(item["msg"]))
            for item in cast("RequestValidationError", error).errors()
        ]
        detail = "; ".join(f"{item.where}: {item.why}" for item in found[:5])
        return problem_response(422, "Malformed request", detail, errors=found)

    async def plain(request: Request, error: Exception) -> Response:
        status = cast("HTTPException", error).status_code
        headers = dict(cast("HTTPException", error).headers or {})
        if status == 405:
            methods = _methods_at(request)
            if not methods:
                status, headers = 404, {}
            else:
                headers["Allow"] = ", ".join(sorted(methods))
        title = _TITLES.get(status, "Refused")
        detail = f"{request.method} {request.url.path}: {title.lower()}"
        if status in (408, 413):
            detail = str(cast("HTTPException", error).detail)
            headers["Connection"] = "close"  # the rest of the body is not read
        return problem_response(status, title, detail, headers=headers)

    app.add_exception_handler(errors.FoveaError, foreseen)
    app.add_exception_handler(OSError, foreseen)
    app.add_exception_handler(psycopg.OperationalError, foreseen)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, plain)


def _methods_at(request: Request) -> set[str]:
    """What the path of the request can be asked for, over all operations that share it."""
    methods: set[str] = set()
    for path, operations in request.app.openapi()["paths"].items():
        pattern = "[^/]+".join(re.escape(fixed) for fixed in re.split(r"\{\w+\}", path))
        if re.fullmatch(pattern, request.url.path):
            methods |= {method.upper() for method in operations}
    return methods
