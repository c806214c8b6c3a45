"""Every error Fovea raises on purpose, as one tree.

    FoveaError
    ├── PermanentError            trying again cannot help; recorded with its reason, never retried
    │   ├── UnreadableMedia       the file is broken, or not what it claims to be
    │   ├── BackupDamaged         a backup is not whole, or not what its manifest says
    │   └── RefusedFile           never stored: empty, not a photo or video, a device, too large
    │       ├── LeftAside         says nothing to anybody: an album's list, a system's thumbnails
    │       └── SidecarAlone      a sidecar whose photo is not in the library (yet)
    ├── TemporaryError            trying again later may help
    │   ├── ChildFailed           a decoding child died, or ran into its limit of time or memory
    │   ├── NoRoom                the disk is full
    │   ├── StillWritten          a file may still be written to; it stays where it is
    │   ├── NotRemoved            a file is stored, and cannot be removed from where it lay
    │   └── ServiceAway           database, broker or token store cannot be reached
    ├── WeightMissing             a model's weights are not on this machine
    ├── WeightCorrupt             a weight file's hash is not the one the manifest names
    ├── NotFound                  no such asset, person, file, … (or not visible to the caller)
    ├── NotAllowed                the caller's role or scopes do not permit the deed
    ├── NotSignedIn               no valid session or token
    ├── Conflict                  the state forbids it: already claimed, already exists
    │   └── InUse                 somebody else works on it just now
    ├── OverQuota                 more bytes than the account may bring
    └── BadRequest                the question itself is malformed: query, cursor, setting
        └── UnknownFilter         a query asks by a filter that does not exist

A message names the file or thing, says why, and what to do about it.
"""


class FoveaError(Exception):
    """Any failure that Fovea foresaw; its text is fit to be shown to a person."""


class PermanentError(FoveaError):
    """Trying again cannot help."""


class UnreadableMedia(PermanentError):
    """The file is broken, or not what it claims to be."""


class BackupDamaged(PermanentError):
    """A backup is not whole, or not what its manifest says."""


class RefusedFile(PermanentError):
    """The file was not taken into the library, and nothing of it was stored."""


class LeftAside(RefusedFile):
    """A file that programs left beside photos; there is nothing in it that a person would miss."""


class SidecarAlone(RefusedFile):
    """A sidecar came, but no photo or video of its folder and name is in the library."""


class TemporaryError(FoveaError):
    """Trying again later may help."""


class ChildFailed(TemporaryError):
    """A decoding child died, or ran into its limit of time or memory."""


class NoRoom(TemporaryError):
    """The disk is full."""


class StillWritten(TemporaryError):
    """A file may still be written to; it stays where it is."""


class NotRemoved(TemporaryError):
    """A file is stored, and cannot be removed from where it lay."""


class ServiceAway(TemporaryError):
    """A service that Fovea needs cannot be reached."""


class WeightMissing(FoveaError):
    """A model's weights are not on this machine; `fovea weights fetch` brings them."""


class WeightCorrupt(FoveaError):
    """A weight file's SHA-256 is not the one its manifest names."""


class NotFound(FoveaError):
    """There is no such thing, or the caller may not see it."""


class NotAllowed(FoveaError):
    """The caller is known, but may not do this."""


class NotSignedIn(FoveaError):
    """The caller showed no valid session or token."""


class Conflict(FoveaError):
    """The present state forbids the deed."""


class InUse(Conflict):
    """Somebody else works on it just now."""


class OverQuota(FoveaError):
    """The file is larger than what the account may still bring."""


class BadRequest(FoveaError):
    """The question itself is malformed."""


class UnknownFilter(BadRequest):
    """A query asks by a filter `name` that does not exist.

    `known`: those that do. `nearest`: the one that was probably meant; `corrected`: the query with it. `as_words`:
    the query that searches for the words themselves.
    """

    def __init__(
        self, name: str, known: tuple[str, ...], nearest: str | None, corrected: str | None, as_words: str
    ) -> None:
        meant = f"; did you mean {nearest}:? ({corrected})" if corrected else ""
        super().__init__(
            f"there is no filter {name}:{meant}. To search for the words themselves: {as_words}. "
            f"Filters are {', '.join(known)}"
        )
        self.name, self.known, self.nearest = name, known, nearest
        self.corrected, self.as_words = corrected, as_words
