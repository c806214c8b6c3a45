"""What the server is called, and what it is not."""

import socket

import pytest

from api.names import Names, _own_in_hosts, _search_domains
from api.settings import ApiSettings

OWN = socket.gethostname()


@pytest.mark.parametrize(
    "header",
    [
        "localhost",
        "localhost:8443",
        "LOCALHOST",
        "localhost.",
        "fovea.localhost:8443",
        "127.0.0.1:8443",
        "192.168.1.20:8443",
        "10.0.0.2",
        "[::1]:8443",
        "[fe80::1]",
        OWN,
        f"{OWN.upper()}:8443",
        f"{OWN.partition('.')[0]}.local",
        "photos.example",
        "photos.example:9000",
        "nas",
        None,
    ],
)
def test_it_answers_to_its_names_and_to_addresses(header: str | None) -> None:
    assert Names(ApiSettings(address="https://photos.example:8443/x", names="nas, other")).knows(header)


@pytest.mark.parametrize(
    "header",
    [
        "evil.example",
        "evil.example:8443",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.20.nip.io",
        "evil.local",
        "notlocalhost",
        "photos.example.evil.org",
        "xphotos.example",
        "",
        " ",
        "[::1",
        "localhost@evil.example",
        "evil.example/localhost",
        "localhost:port",
        "localhost evil.example",
        "3232235777",
        "ü.example",
    ],
)
def test_it_answers_to_no_other_name(header: str) -> None:
    assert not Names(ApiSettings(address="https://photos.example", names="nas")).knows(header)


def test_what_is_listed_is_all() -> None:
    names = Names(ApiSettings(hosts="photos.example, *.home.example 192.168.1.20 [fd00::1]", names="api"))
    known = ("photos.example", "a.home.example", "b.a.home.example:1", "192.168.1.20", "[fd00::1]:8443", "api")
    assert all(names.knows(one) for one in (*known, "localhost", "127.0.0.1:8000"))
    for other in (OWN, "home.example", "xhome.example", "192.168.1.21", "[fd00::2]", "evil.example"):
        assert not names.knows(other), other
    assert Names(ApiSettings(hosts="*")).knows("evil.example")


def test_the_host_it_listens_at_is_a_name() -> None:
    assert Names(ApiSettings(host="nas.fritz.box")).knows("nas.fritz.box:8443")


def test_what_the_machine_says_of_itself() -> None:
    assert _search_domains([["search", "fritz.box", "Lan."], ["nameserver", "1.1.1.1"]]) == {"fritz.box", "lan"}
    lines = [["127.0.1.1", "nas.example", "NAS"], ["203.0.113.9", "elsewhere.example"], ["::1", "ip6-localhost"]]
    assert list(_own_in_hosts(lines)) == ["nas.example", "nas", "ip6-localhost"]
