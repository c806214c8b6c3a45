"""The built web app: files as they are, and its page for every address that the app itself knows."""

import mimetypes
import re
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from api.security import new_nonce, page_policy
from core.errors import NotFound

_HASHED = re.compile(r"-[A-Z0-9]{8}\.[a-z0-9]+(\.map)?$")  # as Angular names what never changes
_LONGEST_NAME = 255
_LONGEST_PATH = 2000
_FOR_EVER = "public, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html><title>Fovea</title><h1>Fovea</h1>
<p>The server runs; its web app was not built. <code>make web</code> builds it, <code>make run</code> does too.</p>
<p>The API is described at <a href="/api/docs">/api/docs</a>.</p>"""

mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("application/manifest+json", ".webmanifest")


def add_web(app: FastAPI, folder: Path | None) -> None:
    """Serve the web app of `folder` under every address that the API does not have."""
    root = folder.resolve() if folder is not None else None

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def get_page(path: str, request: Request) -> Response:
        if path == "api" or path.startswith("api/"):
            raise NotFound(f"there is nothing at /{path}; /api/docs lists what there is")
        if _is_no_address(request.scope["path"]):  # `path` lacks a line break at its end
            raise NotFound("there is nothing at this address")
        found = _file_of(root, path) if root else None
        if found is not None and found.name != "index.html":
            cache = _FOR_EVER if _HASHED.search(found.name) else "no-cache"
            kind = mimetypes.guess_type(found.name)[0]
            return FileResponse(found, media_type=kind, headers={"Cache-Control": cache})
        if "." in path.rpartition("/")[2] and path != "index.html":
            raise NotFound(f"there is no file /{path}")
        return _page(root / "index.html" if root else None)


def _file_of(root: Path, path: str) -> Path | None:
    """The file below `root` that the address names; None for any way out of it."""
    try:
        found = (root / path).resolve()
        return found if found.is_relative_to(root) and found.is_file() else None
    except (OSError, ValueError):  # too long, or nothing that a file is ever called
        return None


def _is_no_address(path: str) -> bool:
    """What neither a file nor a page of the app is called: parts longer than any file's name, control characters,
    bytes that are no text."""
    if any(ord(sign) < 32 or sign in "\x7f\ufffd" or "\ud800" <= sign <= "\udfff" for sign in path):
        return True
    return len(path) > _LONGEST_PATH or any(len(part.encode()) > _LONGEST_NAME for part in path.split("/"))


def _page(index: Path | None) -> Response:
    """The app's page. Its styles carry a nonce that only this answer names, so no others are let in."""
    nonce = new_nonce()
    html = _NOT_BUILT
    if index is not None and index.is_file():
        html = _read(index, index.stat().st_mtime_ns)
        html = re.sub(r"<app-root\b", f'<app-root ngCspNonce="{nonce}"', html)
        html = re.sub(r"<style\b", f'<style nonce="{nonce}"', html)
    return HTMLResponse(html, headers={"Content-Security-Policy": page_policy(nonce), "Cache-Control": "no-cache"})


@lru_cache(maxsize=4)
def _read(index: Path, _changed: int) -> str:
    return index.read_text(encoding="utf-8")
