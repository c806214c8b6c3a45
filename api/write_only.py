"""A token that may write and not read is answered with nothing but how it went, whatever the route would say.

Done here for every route, so that one that is added does not have to think of it: bodies and what headers tell
of the library are left out, and an answer that would tell new from known is the same for both.
"""

from starlette.types import Message, Scope

KEY = "fovea.write_only"
"""True in the scope of a request whose sender may not read."""

_KEPT = frozenset(
    (
        b"location",
        b"upload-offset",
        b"upload-length",
        b"upload-expires",
        b"upload-metadata",
        b"tus-resumable",
        b"cache-control",
        b"set-cookie",
        b"retry-after",
    )
)


def emptied(scope: Scope, message: Message) -> Message:
    """The beginning of an answer as such a sender gets it: 204, or 201 where it says where to go on."""
    kept = [(name, value) for name, value in message["headers"] if name.lower() in _KEPT]
    status = message["status"]
    if status != 201 or not any(name.lower() == b"location" for name, _ in kept):
        status = status if scope["method"] == "HEAD" else 204
    if status != 204:
        kept.append((b"content-length", b"0"))
    return {**message, "status": status, "headers": kept}


def is_emptied(scope: Scope, message: Message) -> bool:
    """Whether an answer that begins like this is one to be emptied: errors say why, and are not."""
    return bool(scope.get(KEY)) and 200 <= message["status"] < 300
