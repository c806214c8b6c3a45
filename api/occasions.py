"""Each request has a name of its own: in its answer, its problem, and every line it writes to the log."""

import re
from uuid import UUID, uuid4

from library import occasions

HEADER = "X-Request-Id"
TRUSTED = "fovea.request_id"
"""In a request's scope: the name that the front door gave it (api/front_door.py)."""

_FORM = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def begin(given: str | None = None) -> str:
    """Name the request that is being answered, as the front door did if it has; its threads inherit the name."""
    name = given if given is not None and _FORM.fullmatch(given) else str(uuid4())
    occasions.begin(request=name)
    return name


def current() -> str | None:
    """The name of the request that is being answered, if one is."""
    name = occasions.current().get("request")
    return None if name is None else str(name)


def current_urn() -> str | None:
    """The same as a URN, however the name is written."""
    name = current()
    return None if name is None else UUID(name).urn
