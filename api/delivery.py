"""Handing out files: conditional requests, ranges, safe names, caching. Files are private and never change."""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from api.deps import Parts
from api.errors import HttpError, problem_response
from api.ranges import all_inside, well_formed
from api.streaming import stream_original
from api.tagged import is_current
from core.errors import NotFound
from db import browse
from media.derived import Derived as DerivedFiles

Derived = Literal["thumbnail", "preview", "frame", "moving part"]
_TYPES = {"thumbnail": "image/webp", "moving part": "video/mp4"}

_FOR_EVER = "private, max-age=31536000, immutable"
# Under an address that does not say which version: kept, and asked for anew each time.
_EACH_TIME = "private, no-cache"
_OF_WHOM = "Authorization, Cookie"
"""A kept answer is no answer for somebody else, nor for who has signed out."""
_SHA512_SIGNS = 12
"""Of a picture's version: those of its file. The rest says which pictures were made of it."""
_RETRY_S = 2
_STREAMED_FROM_BYTES = 32 << 20  # what is elsewhere and larger is not brought here first
_DATA = "/_data"  # a place within Nginx that is the data folder; nobody outside can ask for it


class RangedFile(FileResponse):
    """A file with ranges as RFC 9110 has them: a malformed one is ignored, one outside is a 416 problem."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope).get("range")
        if asked is not None and not well_formed(asked):
            kept = [(name, value) for name, value in scope["headers"] if name != b"range"]
            scope = {**scope, "headers": kept}
        elif asked is not None and "if-range" not in Headers(scope=scope):
            size = Path(self.path).stat().st_size
            if not all_inside(asked, size):
                outside = problem_response(
                    416,
                    "Range outside of the file",
                    f"the file has {size} bytes",
                    headers={"Content-Range": f"bytes */{size}"},
                )
                await outside(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


def deliver_original(
    parts: Parts, request: Request, owner_id: int, asset_id: int, download: bool, version: str | None
) -> Response:
    """The main file of an asset. Raises NotFound."""
    with parts.database.transaction() as connection:
        row = browse.main_file(connection, owner_id, asset_id)
    if row is None:
        raise _no_asset(asset_id)
    same = version is not None and version[:_SHA512_SIGNS] == row["sha512"].hex()[:_SHA512_SIGNS]
    how = "attachment" if download else "inline"
    return _original(parts, request, row, row["mime"], how, _FOR_EVER if same else _EACH_TIME)


def deliver_file(parts: Parts, request: Request, owner_id: int, asset_id: int, sha512: bytes) -> Response:
    """Any file of an asset: its raw picture, its moving part, a variant, a sidecar. Raises NotFound."""
    with parts.database.transaction() as connection:
        row = browse.file_of_asset(connection, owner_id, asset_id, sha512)
    if row is None:
        raise NotFound(f"asset {asset_id} has no file of these bytes, or you may not see it")
    if row["role"] == "sidecar":  # XML is never shown as a page
        return _original(parts, request, row, "application/octet-stream", "attachment", _FOR_EVER)
    return _original(parts, request, row, row["mime"], "inline", _FOR_EVER)


def deliver_moving_part(parts: Parts, request: Request, owner_id: int, asset_id: int) -> Response:
    """The film of a live photo: a file of its own, or what was inside the photo. Raises NotFound."""
    with parts.database.transaction() as connection:
        row = browse.live_file(connection, owner_id, asset_id)
    if row is not None:
        return _original(parts, request, row, row["mime"], "inline", _EACH_TIME)
    return deliver_derived(parts, request, owner_id, asset_id, "moving part")


def _original(
    parts: Parts, request: Request, row: dict[str, Any], media_type: str, how: str, cache: str
) -> Response:
    etag = row["sha512"].hex()
    if row["kept"] == "store" and row["bytes"] >= _STREAMED_FROM_BYTES:
        if is_current(request, f'"{etag}"'):  # without bringing it
            return Response(status_code=304, headers=_kept(etag, cache))
        if not parts.store.is_here(parts.store.place("store", row["location"])):
            headers = {**_kept(etag, cache), "Content-Disposition": _disposition(how, row["name"])}
            return stream_original(parts.store, request, row, headers, media_type)
    return _answer(
        parts,
        request,
        _place(parts, row),
        etag=etag,
        media_type=media_type,
        cache=cache,
        name=row["name"],
        disposition=how,
    )


def _place(parts: Parts, row: dict[str, Any]) -> Path:
    path = parts.store.path(row["kept"], row["location"])
    if path.is_file():
        return path
    if row["kept"] == "in_place":
        raise NotFound(f"{row['name']} is not where it was indexed; `fovea rescan` looks for it")
    raise NotFound(f"{row['name']} is not where it was stored: run `fovea verify`")


def deliver_derived(
    parts: Parts,
    request: Request,
    owner_id: int,
    asset_id: int,
    what: Derived,
    *,
    ms: int = 0,
    version: str | None = None,
) -> Response:
    """Thumbnail, preview or key frame of an asset. Raises NotFound, and while it is being made a 404 to retry.

    What lies in the trash has its thumbnail, by which a person knows it again, and nothing more.
    """
    with parts.database.transaction() as connection:
        row = browse.main_file(connection, owner_id, asset_id, trashed=what == "thumbnail")
    if row is None:
        raise _no_asset(asset_id)
    folder = parts.store.derived(row["sha512"])
    path = _derived_path(folder, what, ms)
    if not path.is_file():
        if row["preview_pending"]:
            detail = f"the {what} of asset {asset_id} ({row['name']}) is not made yet"
            raise HttpError(404, "Not made yet", detail, retry_s=_RETRY_S)
        raise NotFound(f"asset {asset_id} ({row['name']}) has no such {what}")
    return _answer(
        parts,
        request,
        path,
        etag=f"{row['sha512'].hex()}-{what.replace(' ', '-')}{ms or ''}-{path.stat().st_mtime_ns:x}",
        media_type=_TYPES.get(what, "image/jpeg"),
        cache=_FOR_EVER if version == row["picture_version"] else _EACH_TIME,
        name=f"{Path(row['name']).stem}{path.suffix}",
        disposition="inline",
    )


def _derived_path(folder: DerivedFiles, what: Derived, ms: int) -> Path:
    if what == "thumbnail":
        return folder.thumbnail
    if what == "preview":
        return folder.preview
    if what == "moving part":
        return folder.motion
    return folder.frame(ms)


def _answer(
    parts: Parts,
    request: Request,
    path: Path,
    *,
    etag: str,
    media_type: str,
    cache: str,
    name: str,
    disposition: str,
) -> Response:
    headers = _kept(etag, cache)
    inside = _inside(parts.data, path) if parts.settings.accel else None
    if inside is not None:
        # Nginx finds the file and does the rest: ranges, conditions with an ETag of its own, HEAD.
        told = {"Cache-Control": cache, "Vary": _OF_WHOM, "X-Accel-Redirect": inside}
        accelerated = Response(headers=told, media_type=media_type)
        accelerated.headers["Content-Disposition"] = _disposition(disposition, name)
        return accelerated
    if is_current(request, f'"{etag}"'):
        return Response(status_code=304, headers=headers)
    return RangedFile(
        path, headers=headers, media_type=media_type, filename=name, content_disposition_type=disposition
    )


def _kept(etag: str, cache: str) -> dict[str, str]:
    """What a browser is told about keeping an answer."""
    return {"ETag": f'"{etag}"', "Cache-Control": cache, "Vary": _OF_WHOM}


def _inside(data: Path, path: Path) -> str | None:
    """Where the front door finds a file of the store or a derived one; None for one that lies elsewhere."""
    for folder in ("originals", "derived", "cache"):
        if path.is_relative_to(data / folder):
            return f"{_DATA}/{quote(path.relative_to(data).as_posix())}"
    return None


def _disposition(how: str, name: str) -> str:
    """As FileResponse writes it."""
    quoted = quote(name)
    return f'{how}; filename="{name}"' if quoted == name else f"{how}; filename*=utf-8''{quoted}"


def _no_asset(asset_id: int) -> NotFound:
    return NotFound(f"there is no asset {asset_id}, or you may not see it")
