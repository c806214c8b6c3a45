"""Whose a sidecar is, by its name.

XMP: `IMG_1.xmp`, `IMG_1.jpg.xmp`, and darktable's duplicates `IMG_1_01.jpg.xmp`. Google Takeout: `IMG_1.jpg.json`,
`IMG_1.jpg.supplemental-metadata.json`, the latter word or the whole name cut anywhere (51 characters), `(1)` in
odd places, and the same JSON for `IMG_1-edited.jpg`, in the language of the account.
"""

import re
from dataclasses import dataclass

from core.companions import folded, shot_of, stem_of
from core.sidecars import read_takeout

_SUPPLEMENTAL = ".supplemental-metadata"
_LONGEST_NAME = 51  # Takeout cuts names to so many characters, the ending included
_SHORTEST_CUT = 44  # of a sidecar's name without ".json" that may have lost its end
_NUMBERED = re.compile(r"(.*)(\(\d{1,4}\))", re.DOTALL)
_DUPLICATE = re.compile(r"(.+)_\d{2,3}(\.[^.]+)")
_NOT_IN_NAMES = re.compile(r'[&%?<>:"/\\|*\']')
# "-edited", "-bearbeitet", "-modifié", "-ha editado", "-編集済み", "-effects": words, in any script
_EDITED = re.compile(r"(.*[^-\s])-([^\W\d_][^\d\"/\\|*?<>:.()]{0,29})(\(\d{1,4}\))?(\.[^.]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the photo of a sidecar may be called. `names` are exact, most likely first; `shots` as
    `companions.shot_of` has them; a name may also begin with `prefix` and have `number` at the end of its stem."""

    names: tuple[str, ...]
    shots: tuple[str, ...]
    prefix: str | None = None
    number: str = ""

    @property
    def keys(self) -> list[str]:
        """`names` as file systems compare them."""
        return [folded(name) for name in self.names]

    @property
    def originals(self) -> list[str]:
        """`shots` of the names: whose edited version a photo may be."""
        return list(dict.fromkeys(shot_of(name) for name in self.names))

    def place_of(self, name: str) -> int | None:
        """How well a name of the same folder fits, 0 the best; None when it does not."""
        key = folded(name)
        if name in self.names:
            return self.names.index(name)
        if key in self.keys:
            return 100 + self.keys.index(key)
        if shot_of(name) in self.shots:
            return 200
        if self.prefix and key.startswith(folded(self.prefix)) and _number_of(key) == self.number:
            return 300
        return None


def edited_from(name: str) -> str | None:
    """`shot_of` the photo of which this one is an edited version, as Takeout names them; None for other names.

    >>> edited_from("IMG_77-bearbeitet.jpg"), edited_from("IMG_77-edited(1).jpg"), edited_from("IMG_77.jpg")
    ('img_77', 'img_77(1)', None)
    """
    found = _EDITED.fullmatch(name)
    return None if found is None else shot_of(f"{found[1]}{found[3] or ''}{found[4]}")


def names_beside(name: str, content: bytes) -> Wanted:
    """What the photo of a sidecar may be called."""
    base = name.rpartition(".")[0]
    if name.lower().endswith(".xmp"):
        duplicate = _DUPLICATE.fullmatch(base)
        names = (base, duplicate[1] + duplicate[2]) if duplicate else (base,)
        return Wanted(names, (stem_of(base),))
    return _takeout_names(base, content)


def _takeout_names(base: str, content: bytes) -> Wanted:
    full, number = _split_number(base)
    cut = full if len(base) - len(number) >= _SHORTEST_CUT else None
    stem, dot, rest = full.rpartition(".")
    if (dot and rest and _SUPPLEMENTAL.startswith(f".{rest.lower()}")) or full.endswith("."):
        full = stem
        cut = None  # the photo's own name was short enough
    if not number:
        full, number = _split_number(full)
    names = [_with_number(full, number)]
    title = read_takeout(content).title
    if title:
        cleaned = _NOT_IN_NAMES.sub("_", title)
        stem, dot, ending = cleaned.rpartition(".")
        short = f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}" if dot else cleaned[:_LONGEST_NAME]
        names += [_with_number(each, number) for each in (title, cleaned, short)]
    return Wanted(tuple(dict.fromkeys(names)), (stem_of(full + number),), cut, number)


def _split_number(base: str) -> tuple[str, str]:
    numbered = _NUMBERED.fullmatch(base)
    return (numbered[1], numbered[2]) if numbered else (base, "")


def _number_of(key: str) -> str:
    stem = key.rpartition(".")[0]
    return _split_number(stem)[1]


def _with_number(name: str, number: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}{number}.{ending}" if dot else name + number
