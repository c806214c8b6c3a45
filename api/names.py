"""What this server is called. A request for another name is refused: a page of a stranger whose name was made to
point here (DNS rebinding) would otherwise speak to the library as its own server.
"""

import socket
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from api.settings import ApiSettings

_RESOLVER = Path("/etc/resolv.conf")
_HOSTS = Path("/etc/hosts")
_LOCAL_DOMAIN = "local"  # mDNS


class Names:
    """The names that FOVEA_HOSTS lists, or else those that this machine has, and every address: who can only
    name an address cannot have made it point somewhere else. `*.example.org` stands for all below, `*` for any
    name.
    """

    def __init__(self, settings: ApiSettings) -> None:
        listed = _split(settings.hosts)
        self._any_address = not listed
        names = {*_split(settings.names), "localhost", *(listed or _found(settings))}
        self._any_name = "*" in names
        self._exact = {name for name in names if "*" not in name}
        self._below = tuple(name.removeprefix("*") for name in names if name.startswith("*."))

    def knows(self, header: str | None) -> bool:
        """Whether it answers to the Host header. Without one it does: every browser sends it."""
        if header is None or self._any_name:
            return True
        name = _name_of(header)
        if name is None:
            return False
        try:
            address = ip_address(name)
        except ValueError:
            return name in self._exact or name.endswith((".localhost", *self._below))
        return self._any_address or address.is_loopback or name in self._exact


def _name_of(header: str) -> str | None:
    """The name or address in a Host header, without port; None when it is none."""
    try:
        parts = urlsplit(f"//{header}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if not name or parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return name.removesuffix(".")


def _split(names: str) -> set[str]:
    """By comma or space; addresses of IPv6 with or without their brackets."""
    return {name.strip("[]").lower() for name in names.replace(",", " ").split()}


def _found(settings: ApiSettings) -> set[str]:
    own = socket.gethostname().lower().removesuffix(".")
    names = {own, f"{own.partition('.')[0]}.{_LOCAL_DOMAIN}", settings.host.lower()}
    names |= {f"{own}.{domain}" for domain in _search_domains(_lines(_RESOLVER))}
    names |= set(_own_in_hosts(_lines(_HOSTS)))
    if address := urlsplit(settings.address).hostname:
        names.add(address)
    return names - {""}


def _search_domains(lines: Iterable[list[str]]) -> set[str]:
    """Below which the names of this machine's network stand."""
    return {
        domain.lower().strip(".") for words in lines if words[0] in ("search", "domain") for domain in words[1:]
    }


def _own_in_hosts(lines: Iterable[list[str]]) -> Iterable[str]:
    """What the machine calls itself."""
    for address, *names in lines:
        if address.startswith("127.") or address == "::1":
            yield from (name.lower() for name in names)


def _lines(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [words for line in text.splitlines() if (words := line.partition("#")[0].split())]
