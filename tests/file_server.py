"""A real HTTP server of this test's own, with ranges, faults on demand, and a record of what was asked."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar


@dataclass
class FileServer:
    """Files by path, and how the server shall misbehave."""

    files: dict[str, bytes] = field(default_factory=dict)
    url: str = ""
    requests: list[tuple[str, str | None]] = field(default_factory=list)  # path, Range header
    sent_bytes: int = 0
    break_after_bytes: int | None = None  # close the connection after so many bytes of a body
    ignores_ranges: bool = False


@contextmanager
def serve() -> Iterator[FileServer]:
    """A server on a free port of this machine for as long as the block runs."""
    state = FileServer()

    class Handler(BaseHTTPRequestHandler):
        served: ClassVar[FileServer] = state

        def do_GET(self) -> None:
            answer(self, self.served)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Not into the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(handler: BaseHTTPRequestHandler, state: FileServer) -> None:
    """Send the file, or the rest of it that a Range header asks for."""
    wanted = handler.headers.get("Range")
    path = handler.path.split("?")[0]
    state.requests.append((path, wanted))
    body = state.files.get(path)
    if body is None:
        handler.send_error(404)
        return
    start = 0
    if wanted and not state.ignores_ranges and (match := re.fullmatch(r"bytes=(\d+)-", wanted)):
        start = int(match[1])
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
    else:
        handler.send_response(200)
    rest = body[start:]
    handler.send_header("Content-Length", str(len(rest)))
    handler.send_header("Content-Type", "text/html" if path.endswith("/") else "application/json")
    handler.end_headers()
    chunk = rest if state.break_after_bytes is None else rest[: state.break_after_bytes]
    handler.wfile.write(chunk)
    handler.wfile.flush()
    state.sent_bytes += len(chunk)
    handler.close_connection = True
