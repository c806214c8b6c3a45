"""A gate before a real server: shut, as when the server died, or held, as when the network swallows everything."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Gate:
    """Passes TCP connections on to `target` (host, port); reached at `host`:`port`. Close it."""

    host = "127.0.0.1"

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server((self.host, 0))
        self.port: int = self._listener.getsockname()[1]
        self._open = threading.Event()
        self._open.set()
        self._links: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def hold(self) -> None:
        """Connections stay, but no byte passes until `release`."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def shut(self) -> None:
        """Cut every connection and take no more, until `reopen`."""
        self._shut_listener()
        for link in self._links:
            _cut(link)
        self._links.clear()

    def reopen(self) -> None:
        self._listener = socket.create_server((self.host, self.port))
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        self.release()
        self.shut()

    def _shut_listener(self) -> None:
        _cut(self._listener)
        self._accepting.join(5)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target, 5)
            except OSError:
                return
            self._links += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := one.recv(65536):
                self._open.wait()
                other.sendall(piece)
        _cut(one)
        _cut(other)


def _cut(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)
    link.close()


@contextlib.contextmanager
def behind(url: str, default_port: int) -> Iterator[tuple[Gate, str]]:
    """A gate before the server of an address, and the address that leads through it."""
    parts = urlsplit(url)
    gate = Gate((parts.hostname or "localhost", parts.port or default_port))
    user, at, _ = parts.netloc.rpartition("@")
    yield gate, parts._replace(netloc=f"{user}{at}{Gate.host}:{gate.port}").geturl()
    gate.close()


def nobody_there() -> int:
    """A port of this machine that nobody listens at."""
    with socket.create_server((Gate.host, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
