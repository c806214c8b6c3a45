"""Serving the application with TLS, and ending well: streams of events end before the server waits for them."""

import asyncio
import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.deps import Parts
from api.front_door import FrontDoor
from api.names import Names
from api.settings import ApiSettings
from library import occasions

_SHUTDOWN_S = 5


_HEAD_S = 20.0
_HEAD_BYTES_MOST = 64 << 10


class HastyProtocol(HttpToolsProtocol):
    """HTTP whose request lines and headers must come soon and be short: uvicorn itself waits and listens for ever.

    What comes after the headers, api/bodies.py guards.
    """

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        self._expect_head()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head_came()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(_HEAD_S, self.transport.abort)

    def _head_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > _HEAD_BYTES_MOST:
            raise ValueError("the headers are too long")  # the parser makes a 400 of it


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, parts: Parts) -> None:
        super().__init__(config)
        self._parts = parts

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._parts.events.end_streams()
        await super().shutdown(sockets)


def make_server(
    app: FastAPI, settings: ApiSettings, certificate: Path | None = None, key: Path | None = None
) -> uvicorn.Server:
    """A server for the application, its log lines named after their requests.

    With certificate and key HTTPS, without them HTTP behind a front door.
    """
    occasions.name_in_logs()
    config = uvicorn.Config(
        FrontDoor(app, settings.proxies, Names(settings)),
        host=settings.host,
        port=settings.port,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        proxy_headers=False,  # FrontDoor looks at them
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=75,
        http=HastyProtocol,
        ws="none",
        limit_concurrency=settings.connections_most,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    return _Server(config, app.state.parts)


def run_plain(app: FastAPI, port: int) -> None:
    """Serve an application to the other services of one network, without TLS, until told to stop."""
    config = uvicorn.Config(
        app,
        host="0.0.0.0",  # noqa: S104 - a container's own network
        port=port,
        server_header=False,
        access_log=False,
        log_config=None,
        http=HastyProtocol,
        ws="none",
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    uvicorn.Server(config).run()
