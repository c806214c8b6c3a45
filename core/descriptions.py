"""What people wrote about a picture into its file or a sidecar: title, caption, rating and keywords.

Names of tags are ExifTool's. Programs write the same into several places (IPTC, XMP, EXIF, QuickTime, ASF):
the first that says anything counts, keywords are put together from all.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.tags import Tags, number_of
from core.terms import Term, TermKind

FILE, VARIANT, SIDECAR = "file", "variant", "sidecar"

_TITLES = (
    *("XMP-dc:Title", "IPTC:ObjectName", "IFD0:XPTitle", "XMP-photoshop:Headline", "IPTC:Headline"),
    *("Keys:Title", "ItemList:Title", "UserData:Title", "Keys:DisplayName", "ASF:Title", "RIFF:Title"),
    *("Matroska:Title", "PNG:Title", "XMP-acdsee:Caption"),
)
_CAPTIONS = (
    *("XMP-dc:Description", "IPTC:Caption-Abstract", "IFD0:ImageDescription", "IFD0:XPComment", "IFD0:XPSubject"),
    *(
        "ExifIFD:UserComment",
        "XMP-exif:UserComment",
        "Keys:Description",
        "ItemList:Description",
        "ItemList:Comment",
    ),
    *(
        "UserData:Description",
        "UserData:Comment",
        "Keys:Comment",
        "ASF:Description",
        "RIFF:Comment",
        "PNG:Description",
    ),
    *("PNG:Comment", "XMP-acdsee:Notes", "XMP-tiff:ImageDescription", "File:Comment", "Jpeg2000:Comment"),
)
_RATINGS = ("XMP-xmp:Rating", "IFD0:Rating", "XMP-acdsee:Rating", "Keys:Rating", "UserData:Rating")
_PER_CENTS = ("XMP-microsoft:RatingPercent", "IFD0:RatingPercent", "ASF:SharedUserRating")
# Flat lists; what separates keywords in one text.
_KEYWORDS = {
    "XMP-dc:Subject": "",
    "IPTC:Keywords": "",
    "IFD0:XPKeywords": ";",
    "XMP-pdf:Keywords": ",;",
    "Keys:Keywords": ",",
    "ItemList:Keyword": ",",
    "UserData:Keywords": ",",
    "ASF:Category": ";",
    "RIFF:Keywords": ";,",
    "PNG:Keywords": ",;",
    "IPTC:SupplementalCategories": "",
    "XMP-photoshop:SupplementalCategories": "",
}
# Paths from the general to the special; the sign between their parts.
_PATHS = {
    "XMP-lr:HierarchicalSubject": "|",
    "XMP-digiKam:TagsList": "/",
    "XMP-microsoft:LastKeywordXMP": "/",
    "XMP-microsoft:LastKeywordIPTC": "/",
    "XMP-mediapro:CatalogSets": "|",
}
_TREES = ("XMP-mwg-kw:KeywordInfo", "XMP-mwg-kw:Keywords", "XMP-mwg-kw:HierarchicalKeywords")
# What cameras write although nobody said anything.
_NOTHING_SAID = re.compile(
    r"([a-z]+\s+){0,3}(digital still camera|digital camera|dsc)|default|charset=\w+|ascii|unicode|jis"
    r"|\(?null\)?|none|dcim[\\/].*|\d{2,3}media[\\/].*|created with .*|lavc?f?[\d.]*"
    r"|oznor.*|[a-z]{3}_vivid|rhdr|cof|dav|\{.*\}|\W*",
    re.IGNORECASE | re.DOTALL,
)
_MOST_KEYWORDS = 300
_LONGEST_KEYWORD, _LONGEST_TITLE, _LONGEST_CAPTION = 200, 1000, 10_000
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword; `within` are the wider ones that it stands below, the widest first."""

    label: str
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """What one file says; empty where it says nothing. `rating` is 1..5, `source` "file",
    "variant" (another file of the picture) or "sidecar"."""

    title: str = ""
    caption: str = ""
    rating: int | None = None
    keywords: tuple[Keyword, ...] = ()
    source: str = field(default=FILE)


def read_description(tags: Tags, source: str = FILE) -> Description:
    """Title, caption, rating and keywords of one file's tags."""
    return Description(
        title=_first(tags, _TITLES, _LONGEST_TITLE),
        caption=_first(tags, _CAPTIONS, _LONGEST_CAPTION),
        rating=_rating(tags),
        keywords=keywords_of([*_paths(tags), *((word,) for word in _flat(tags))]),
        source=source,
    )


def keywords_of(paths: Iterable[Sequence[str]]) -> tuple[Keyword, ...]:
    """Each keyword once, however it is capitalised; one with a path before the same without."""
    found: dict[str, Keyword] = {}
    for path in paths:
        parts = [part for part in (clean_line(each, _LONGEST_KEYWORD) for each in path) if part]
        if parts and len(found) < _MOST_KEYWORDS:
            found.setdefault(parts[-1].casefold(), Keyword(parts[-1], tuple(parts[:-1])))
    return tuple(found.values())


def described(descriptions: Sequence[Description]) -> dict[str, Any]:
    """What counts, as JSON: of title, caption and rating the first that is said, the keywords of all; each with
    its source. `said` has everything that anybody says."""
    answer: dict[str, Any] = {}
    for name in ("title", "caption", "rating"):
        said = next((each for each in descriptions if getattr(each, name)), None)
        answer[name] = getattr(said, name) if said else None
        answer[f"{name}_source"] = said.source if said else None
    keywords: dict[str, dict[str, Any]] = {}
    for each in descriptions:
        for word in each.keywords:
            one = {"label": word.label, "within": list(word.within), "source": each.source}
            keywords.setdefault(word.label.casefold(), one)
    answer["keywords"] = list(keywords.values())
    answer["said"] = [_as_json(each) for each in descriptions if each != Description(source=each.source)]
    return answer


def description_terms(descriptions: Sequence[Description]) -> list[Term]:
    """Keywords, with the wider ones they stand below, titles and captions, to be found by."""
    words: list[tuple[TermKind, str]] = []
    for each in descriptions:
        for keyword in each.keywords:
            words += [("tag", label) for label in (keyword.label, *keyword.within)]
        words += [("comment", line) for line in (each.title, *each.caption.splitlines()) if line.strip()]
    unique: dict[tuple[TermKind, str], str] = {}
    for kind, text in words:
        unique.setdefault((kind, text.casefold()), text)
    return [Term(kind=kind, words=text) for (kind, _), text in unique.items()]


def clean_line(value: object, most: int) -> str:
    """A text on one line: without signs that cannot be printed, at most so many characters long."""
    return " ".join(clean_lines(value, most).split())


def clean_lines(value: object, most: int) -> str:
    """A text that may have several lines; a number as it is written, anything else empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")[:most].strip()


def _as_json(said: Description) -> dict[str, Any]:
    return {
        "source": said.source,
        "title": said.title or None,
        "caption": said.caption or None,
        "rating": said.rating,
        "keywords": [{"label": word.label, "within": list(word.within)} for word in said.keywords],
    }


def _first(tags: Tags, names: Iterable[str], most: int) -> str:
    for name in names:
        text = clean_lines(_one_language(tags.get(name)), most)
        if text and not _is_nothing(text):
            return text
    return ""


def _is_nothing(text: str) -> bool:
    return text.isascii() and _NOTHING_SAID.fullmatch(text) is not None


def _one_language(value: object) -> object:
    """Of a text in several languages the default one; of a list the first."""
    if isinstance(value, dict):
        value = value.get("x-default") or next(iter(value.values()), None)
    if isinstance(value, list):
        value = value[0] if value else None
    return value


def _rating(tags: Tags) -> int | None:
    for name in _RATINGS:
        stars = number_of(tags.get(name))
        if stars is not None and 1 <= stars <= 5:
            return int(stars + 0.5)
    for name in _PER_CENTS:
        share = number_of(tags.get(name))
        if share is not None and 1 <= share <= 100:
            return 1 + min(4, int((share + 12) // 25))  # Microsoft's 1, 25, 50, 75, 99
    return None


def _flat(tags: Tags) -> Iterator[str]:
    for name, separators in _KEYWORDS.items():
        for each in _texts(tags.get(name)):
            yield from re.split(f"[{re.escape(separators)}]", each) if separators else [each]


def _paths(tags: Tags) -> Iterator[list[str]]:
    for name, separator in _PATHS.items():
        for each in _texts(tags.get(name)):
            yield each.split(separator)
    for name in _TREES:
        yield from _branches(tags.get(name), (), _DEEPEST)


def _branches(value: Any, above: tuple[str, ...], depth: int) -> Iterator[list[str]]:
    """The Metadata Working Group's tree of keywords."""
    for node in value if isinstance(value, list) else [value]:
        if not isinstance(node, dict) or depth == 0:
            continue
        word = clean_line(node.get("Keyword"), _LONGEST_KEYWORD)
        here = (*above, word) if word else above
        narrower = [
            below for name in ("Hierarchy", "Children") for below in _branches(node.get(name), here, depth - 1)
        ]
        yield from narrower or ([list(here)] if word else [])


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(each) for each in values if isinstance(each, str | int | float) and not isinstance(each, bool)]
