"""Names that strangers gave their files, made fit to be stored, listed and shown."""

import unicodedata

_LONGEST_PART = 255
_LONGEST_PATH = 2000


def clean_path(raw: str) -> str:
    """A relative path with "/" between its parts, as it is kept in the library.

    Never empty, never absolute, without "." and "..", control characters, NUL, lone surrogates or marks that
    change the direction of writing; composed (NFC). It names an asset; it is never used to reach a file.

    >>> clean_path("../../etc\\\\passwd")
    'etc/passwd'
    """
    text = raw.encode("utf-8", "replace").decode("utf-8").replace("\\", "/")
    parts = [_clean_part(part) for part in text.split("/")]
    kept = [part for part in parts if part not in ("", ".", "..")]
    while len("/".join(kept)) > _LONGEST_PATH and len(kept) > 1:
        kept.pop(0)  # the file's own name matters most
    return "/".join(kept) or "unnamed"


def clean_line(text: str) -> str:
    """Text that may hold a stranger's name, as one line for a log or a reason: without control characters, lone
    surrogates or marks that change the direction of writing; composed (NFC).

    >>> clean_line("a\\x1b[2J\\nb")
    'a[2Jb'
    """
    composed = unicodedata.normalize("NFC", text)
    # C = control, format (direction marks, zero width), surrogate, private, unassigned; Z = separators but space
    return "".join(c for c in composed if c == " " or unicodedata.category(c)[0] not in "CZ" or c in "\u200d")


def _clean_part(part: str) -> str:
    shown = clean_line(part).strip()
    if shown.startswith(".") and not part.startswith("."):
        shown = f"unnamed{shown}"  # nothing but an ending is left: no hidden file, which would be left aside
    if len(shown) <= _LONGEST_PART:
        return shown
    stem, dot, extension = shown.rpartition(".")
    if dot and len(extension) <= 10:
        return stem[: _LONGEST_PART - len(extension) - 1] + dot + extension
    return shown[:_LONGEST_PART]
