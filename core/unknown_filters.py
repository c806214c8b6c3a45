"""What looks like a filter and is none: `folder:lisbon`, `foo:bar`. Said, instead of finding nothing by it.

People write colons in text, too, and that stays text: `10:30`, `https://…`, `C:\\fotos`, `Note: milk`, `std::map`.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches

_LIKE_A_FILTER = re.compile(r"([A-Za-z][A-Za-z_-]+):([^\s:/\\@+][^:@]*)", re.DOTALL)
_ONLY_A_NAME = re.compile(r"-?([A-Za-z][A-Za-z_-]+):")
_AS_NEAR = 0.75  # of difflib's ratio: "place" for "palce", nothing for "note"
_WANTED = {
    "taken": "date time year month day when datetime captured created shot before after since until",
    "object": "label what thing things class detected contains",
    "person": "who people name_of persons",
    "place": "where city town location region state admin address",
    "near": "gps around position coordinates latlon",
    "within": "area bbox box bounds",
    "kind": "type media mediatype",
    "format": "ext extension filetype mime mimetype",
    "name": "file filename folder path dir directory in basename title_of",
    "rating": "stars star score",
    "duration": "length seconds longer shorter",
    "camera": "make model maker device",
    "text": "written ocr writing words reads",
    "said": "speech spoken transcript says audio",
    "comment": "caption description note_of title",
    "tag": "keyword keywords tags subject",
    "has": "with",
    "no": "without not hasnt",
}
_MEANT = {word: field for field, words in _WANTED.items() for word in words.split()}


def like_a_filter(token: str) -> tuple[str, str] | None:
    """Name and value of what is written like a filter; None for text that merely has a colon."""
    found = _LIKE_A_FILTER.fullmatch(token)
    return (found[1].lower(), found[2]) if found else None


def name_before_colon(token: str) -> str | None:
    """`Folder:` with nothing behind it → folder."""
    found = _ONLY_A_NAME.fullmatch(token)
    return found[1].lower() if found else None


def nearest_filter(name: str, fields: Sequence[str]) -> str | None:
    """The filter of `fields` that was meant by another name, or by a typing error; None when none is near."""
    meant = _MEANT.get(name)
    if meant in fields:
        return meant
    return next(iter(get_close_matches(name, fields, 1, _AS_NEAR)), None)
