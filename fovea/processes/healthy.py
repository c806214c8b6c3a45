"""Whether the service of this container is well: `python -m fovea.processes.healthy`, or `fovea service healthy`.

Asked every few seconds in every container, so it imports next to nothing.
"""

import socket
import sys

from fovea.processes import heartbeat

_LIMIT_S = 5.0
_ASK = b"GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def find_fault() -> str | None:
    """What is wrong, or None. Of the API its own answer counts, of the others their sign of life."""
    about, fault = heartbeat.look()
    port = about.get("port")
    return _ask(port) if isinstance(port, int) else fault


def _ask(port: int) -> str | None:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_LIMIT_S) as connection:
            connection.settimeout(_LIMIT_S)
            connection.sendall(_ASK)
            answer = connection.recv(64)
    except OSError as error:
        return f"the API does not answer on port {port}: {error}"
    first = answer.split(b"\r\n", 1)[0]
    return None if b" 200 " in first + b" " else f"the API answers {first.decode('latin-1')!r}"


def main() -> None:
    """Exit code 0: well; 1: not, and why on standard error."""
    fault = find_fault()
    if fault:
        sys.stderr.write(f"fovea: {fault}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
