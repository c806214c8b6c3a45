"""From where somebody signed in, in words by which he knows it again."""

import re

from fastapi import Request

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def described(request: Request, address: str) -> str:
    """ "Firefox on Linux, from 192.168.1.7"; what no browser sent goes by the name that it gives itself."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for sign, name in _BROWSERS if f"{sign}/" in agent), None)
    system = next((name for sign, name in _SYSTEMS if sign in agent), None)
    if browser is None:
        own = re.match(r"[\w.+-]{1,40}", agent, re.ASCII)
        browser, system = (own[0] if own else "an unknown program"), None
    return f"{browser} on {system}, from {address}"[:200] if system else f"{browser}, from {address}"[:200]
