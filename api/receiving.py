"""Receiving a body into a file, without blocking others and without holding it in memory."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.bodies import stream_body
from api.errors import HttpError
from core.errors import BadRequest, TemporaryError
from media.store import Receiving, Store

T = TypeVar("T")

_CHUNK_BYTES = 1 << 20  # a hop to a thread for each 64 KiB of the network would cost more than the writing


@asynccontextmanager
async def receiving(
    store: Store, request: Request, most_bytes: int, sha512: str | None = None
) -> AsyncIterator[Receiving]:
    """The request's whole body in a file of the store's arrivals; it is gone afterwards unless it was kept.

    `sha512` (hex) is checked when given. Raises HttpError 413 and 507, BadRequest when the body broke off.
    """
    stream_body(request.scope)
    declared = request.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > most_bytes:
        raise _too_large(most_bytes)
    received = await run_in_threadpool(with_room, store.receive)
    try:
        await _write(request, received, most_bytes, sha512)
        yield received
    finally:
        await run_in_threadpool(received.discard)


async def _write(request: Request, received: Receiving, most_bytes: int, sha512: str | None) -> None:
    digest = hashlib.sha512() if sha512 else None
    pending = bytearray()

    def write() -> None:
        with_room(lambda: received.write(bytes(pending)))
        if digest is not None:
            digest.update(pending)
        pending.clear()

    try:
        async for chunk in request.stream():
            if received.bytes + len(pending) + len(chunk) > most_bytes:
                raise _too_large(most_bytes)
            pending += chunk
            if len(pending) >= _CHUNK_BYTES:
                await run_in_threadpool(write)
        await run_in_threadpool(write)
    except ClientDisconnect as error:
        raise BadRequest("the upload broke off; nothing of it was stored") from error
    if digest is not None and sha512 is not None and digest.hexdigest() != sha512.lower():
        raise BadRequest("the bytes that came have another SHA-512 than X-Sha512 says; send the file again")


def with_room(deed: Callable[[], T]) -> T:
    """The store says by a plain TemporaryError that the disk is full; on the wire that has its own status."""
    try:
        return deed()
    except TemporaryError as error:
        if type(error) is TemporaryError:
            raise HttpError(507, "No room", str(error)) from error
        raise


def _too_large(most_bytes: int) -> HttpError:
    return HttpError(413, "Too large", f"this takes at most {most_bytes:,} bytes; nothing was stored")
