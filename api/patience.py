"""Patience with wrong passwords: pauses that grow, for a name from a network, and gentler ones for the network
alone.

A household behind one address stays able to sign in: whoever fails waits for the name that he tried, others do
not, and a browser from which an account has signed in before is counted by itself
(docs/decisions/080-sign-in-pauses.md).
"""

import hashlib
from ipaddress import IPv6Address, ip_address, ip_network

from api.errors import HttpError
from db.tokens import AttemptLimit, Pauses, TokenStore

_SHORTER = 16
"""The first pause is this part of the longest."""
_NETWORK = Pauses(free=100, first_s=1.0, longest_s=10.0, kept_s=3600.0)
"""Of all names together from one network: enough to make trying one password with many names slow."""
_NAT64 = ip_network("64:ff9b::/96")


class Patience:
    """Counted in the token store, so that several API processes count together.

    free: wrong passwords of one name from one network until pauses begin; longest_s: the longest of them.
    """

    def __init__(self, tokens: TokenStore, free: int, longest_s: float) -> None:
        self._tokens = tokens
        self._pauses = Pauses(free, longest_s / _SHORTER, longest_s)

    def attempt(self, address: str, login: str | None = None, *, known: str | None = None) -> None:
        """Note an attempt before its outcome is known. Raises HttpError 429 with Retry-After.

        known: the secret of a device, or the id of a session, that belongs to this name's account.
        """
        limits = [] if login is None else [AttemptLimit(_name_key(address, login, known), self._pauses)]
        if known is None:
            limits.append(AttemptLimit(_network_key(address), _NETWORK))
        left_s = self._tokens.attempt(limits)
        if left_s > 0:
            wait_s = int(left_s) + 1
            detail = f"too many failed attempts; try again in {wait_s} seconds"
            raise HttpError(429, "Too many attempts", detail, retry_s=wait_s)

    def succeeded(self, address: str, login: str | None = None, *, known: str | None = None) -> None:
        """The name showed that it belongs here: its failures are forgotten, the network's earlier ones stay."""
        all_of = None if login is None else _name_key(address, login, known)
        self._tokens.forgive(all_of=all_of, last_of=_network_key(address) if known is None else b"")


def network_of(address: str) -> str:
    """Who is likely one household: an IPv4 address, or the /64 of an IPv6 one; IPv4 within IPv6 is IPv4."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    inside = found.ipv4_mapped or found.sixtofour
    if found in _NAT64:
        inside = ip_address(found.packed[-4:])  # type: ignore[assignment]  # four bytes are an IPv4 address
    if inside is not None:
        return str(inside)
    return str(ip_network((int(found) >> 64 << 64, 64)))


def _name_key(address: str, login: str, known: str | None) -> bytes:
    name = login.strip().casefold()[:100]
    return _key("known", name, known) if known is not None else _key("name", name, network_of(address))


def _network_key(address: str) -> bytes:
    return _key("network", network_of(address))


def _key(*parts: str) -> bytes:
    """Of one size, and readable for nobody: people type passwords where a name belongs."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).digest()
