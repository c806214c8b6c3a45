"""Serving the application with TLS, and ending well: streams of events end before the server waits for them."""

import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from api.deps import Parts
from api.settings import ApiSettings

_SHUTDOWN_S = 5


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        parts: Parts = self.config.app.state.parts  # type: ignore[union-attr]
        parts.events.end_streams()
        await super().shutdown(sockets)


def make_server(
    app: FastAPI, settings: ApiSettings, certificate: Path | None = None, key: Path | None = None
) -> uvicorn.Server:
    """A server for the application. With certificate and key HTTPS, without them HTTP behind a front door."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies or None,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    return _Server(config)
