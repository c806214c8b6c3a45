"""Image file directories (TIFF 6.0), read in pure Python: of TIFFs, raw pictures and EXIF blocks.

Reads what `media.content` and `media.picture_data` need:
when it was taken, Apple's content identifier, where the picture's data lies.
"""

import struct
from collections.abc import Callable, Iterator
from datetime import datetime

ReadAt = Callable[[int, int], bytes]
"""`read_at(offset, count)`; fewer bytes at the end."""

_MOST_FOLDERS = 40
_MOST_ENTRIES = 400
_MOST_EXTENTS = 200_000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_EXIF_FOLDER, _SUB_FOLDERS, _MAKER_NOTE, _TAKEN = 0x8769, 0x014A, 0x927C, 0x9003
_OFFSETS = ((0x0111, 0x0117), (0x0144, 0x0145))  # strips and tiles, with their lengths
_APPLE, _APPLE_PAIR = b"Apple iOS\0", 0x0011

_Entry = tuple[int, int, bytes, int]  # type, count, the four bytes of the value or its offset, where they lie


class TiffFacts:
    """One TIFF structure. Offsets outside of it are taken as missing; nothing in it can make it loop."""

    def __init__(self, read_at: ReadAt) -> None:
        self._read = read_at
        head = read_at(0, 8)
        self._order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        self.first = self._unpack("I", head[4:8]) if self._order else 0

    def taken(self) -> datetime | None:
        """EXIF's DateTimeOriginal, a wall clock without zone."""
        text = self._text(self._exif_folder().get(_TAKEN)).decode("ascii", "replace")
        try:
            return datetime.strptime(text.strip("\0 "), "%Y:%m:%d %H:%M:%S")
        except ValueError:
            return None

    def pair_id(self) -> str | None:
        """Apple's content identifier out of its maker note, which is big-endian with offsets of its own."""
        note = self._text(self._exif_folder().get(_MAKER_NOTE), most=65_536)
        if not note.startswith(_APPLE) or len(note) < 16:
            return None
        apple = TiffFacts(lambda at, count: b"MM\0*\0\0\0\x0e" if (at, count) == (0, 8) else note[at : at + count])
        identifier = apple._text(apple._folder(14).get(_APPLE_PAIR)).strip(b"\0 ").decode("ascii", "replace")
        return identifier if 8 <= len(identifier) <= 64 else None

    def extents(self) -> Iterator[tuple[int, int]]:
        """Offset and length of each strip and tile of every picture in it, as the directories list them."""
        given = 0
        for folder in self._folders():
            for offsets, lengths in _OFFSETS:
                if offsets not in folder or lengths not in folder:
                    continue
                for extent in zip(self._numbers(folder[offsets]), self._numbers(folder[lengths]), strict=False):
                    given += 1
                    if given > _MOST_EXTENTS:
                        return
                    yield extent

    def _folders(self) -> Iterator[dict[int, _Entry]]:
        waiting, seen = [self.first], set[int]()
        while waiting and len(seen) < _MOST_FOLDERS:
            at = waiting.pop(0)
            if at in seen or at < 8:
                continue
            seen.add(at)
            folder = self._folder(at)
            yield folder
            if _SUB_FOLDERS in folder:
                waiting += self._numbers(folder[_SUB_FOLDERS])[:_MOST_FOLDERS]
            counted = self._read(at, 2)
            if len(counted) == 2:
                following = self._read(at + 2 + 12 * self._unpack("H", counted), 4)
                waiting += [self._unpack("I", following)] if len(following) == 4 else []

    def _exif_folder(self) -> dict[int, _Entry]:
        if self.first < 8:
            return {}
        first = self._folder(self.first)
        places = self._numbers(first[_EXIF_FOLDER]) if _EXIF_FOLDER in first else []
        return self._folder(places[0]) if places else {}

    def _folder(self, at: int) -> dict[int, _Entry]:
        counted = self._read(at, 2)
        if not self._order or len(counted) < 2:
            return {}
        count = min(self._unpack("H", counted), _MOST_ENTRIES)
        entries = self._read(at + 2, 12 * count)
        found: dict[int, _Entry] = {}
        for start in range(0, len(entries) - 11, 12):
            tag, kind, values = struct.unpack_from(self._order + "HHI", entries, start)
            found.setdefault(tag, (kind, values, entries[start + 8 : start + 12], at + 2 + start + 8))
        return found

    def _value(self, entry: _Entry, most: int) -> bytes:
        kind, count, inline, _ = entry
        size = _SIZES.get(kind, 1) * count
        if size <= 4:
            return inline[:size]
        return self._read(self._unpack("I", inline), min(size, most))

    def _text(self, entry: _Entry | None, most: int = 1024) -> bytes:
        return b"" if entry is None else self._value(entry, most)

    def _numbers(self, entry: _Entry) -> list[int]:
        letter = {3: "H", 4: "I", 13: "I"}.get(entry[0])
        if letter is None:
            return []
        raw = self._value(entry, 4 * _MOST_EXTENTS)
        count = len(raw) // struct.calcsize(letter)
        return list(struct.unpack_from(f"{self._order}{count}{letter}", raw))

    def _unpack(self, letter: str, raw: bytes) -> int:
        number: int = struct.unpack(self._order + letter, raw)[0]
        return number
