"""File service: gives a worker the files of the job that it holds, and takes back what was derived from them.

For workers that have neither the storage's keys nor a way out (docs/operators/storage.md). It answers on the
services' network only; a job's lease key is the right to its files, for as long as the lease lasts.
"""

import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from api import errors
from api.receiving import receiving
from core.errors import BadRequest, NotAllowed, NotFound
from db import leases
from db.connect import Database
from media.derived import Derived
from media.store import Files, Store

MAX_SET_BYTES = 2 << 30
_PIECE_BYTES = 1 << 20
# What analyses name their derived files: preview.jpg, frame-1200.jpg. Never a path.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.[a-z0-9]{1,8}", re.ASCII)


def create_file_service(database: Database, store: Store) -> FastAPI:
    """The service's application."""
    app = FastAPI(title="Fovea's file service", openapi_url=None, docs_url=None, redoc_url=None)
    errors.install(app)

    def held(job_id: int, authorization: Annotated[str, Header()] = "") -> leases.Held:
        with database.statements() as connection:
            found = leases.held(connection, job_id, authorization.removeprefix("Bearer "))
        if found is None:
            raise NotAllowed("this job is not yours, or not any more")
        return found

    holding = Depends(held)

    @app.get("/api/health/live")
    def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/jobs/{job_id}/files/{location:path}")
    def send_file(location: str, job: leases.Held = holding) -> Response:
        with database.statements() as connection:
            if not leases.has_file(connection, job, location):
                raise NotFound("no such file belongs to this job")
        return _streamed(store, lambda files: files.path("store", location))

    @app.get("/jobs/{job_id}/derived")
    def list_derived(job: leases.Held = holding) -> list[str]:
        return sorted(store.derived(job.sha512).names())

    @app.get("/jobs/{job_id}/derived/{name}")
    def send_derived(name: str, job: leases.Held = holding) -> Response:
        return _streamed(store, lambda files: _derived_file(files.derived(job.sha512), name))

    @app.put("/jobs/{job_id}/derived", status_code=204)
    async def take_derived(request: Request, job: leases.Held = holding) -> None:
        async with receiving(store, request, MAX_SET_BYTES) as received:
            await run_in_threadpool(received.close)
            await run_in_threadpool(_take_set, store.derived(job.sha512), received.path)

    return app


def _streamed(store: Store, choose: Callable[[Files], Path]) -> Response:
    """A file that stays on this machine until all of it is sent."""
    holding = store.hold()
    files = holding.__enter__()
    try:
        opened = choose(files).open("rb")
    except FileNotFoundError as error:
        raise NotFound("it is not kept (any more)") from error
    finally:
        holding.__exit__(None, None, None)  # an open file can be read, even if the cache drops it
    length = opened.seek(0, 2)
    opened.seek(0)

    def pieces() -> Iterator[bytes]:
        with opened:
            while piece := opened.read(_PIECE_BYTES):
                yield piece

    headers = {"Content-Length": str(length)}
    return StreamingResponse(pieces(), media_type="application/octet-stream", headers=headers)


def _derived_file(derived: Derived, name: str) -> Path:
    if name not in derived.names():
        raise NotFound("no such file was made")
    return derived.file(name)


def _take_set(derived: Derived, archive: Path) -> None:
    """Put a whole new set in the place of the former one. Raises BadRequest when it holds anything but files."""
    with derived.replacing() as folder:
        try:
            with tarfile.open(archive, "r:") as opened:
                for member in opened:
                    if not member.isreg() or not _NAME.fullmatch(member.name):
                        raise BadRequest(f"{member.name[:80]!r} is no name of a derived file")
                    content = opened.extractfile(member)
                    assert content is not None  # noqa: S101 - it is a regular file
                    with content, (folder / member.name).open("xb") as target:
                        while piece := content.read(_PIECE_BYTES):
                            target.write(piece)
        except (tarfile.TarError, FileExistsError) as error:
            raise BadRequest(f"this is no set of derived files: {error}") from error
