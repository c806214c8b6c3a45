"""Image file directories (TIFF 6.0), read in pure Python: of TIFFs, raw pictures and EXIF blocks.

Reads what `media.content` and `media.picture_data` need:
when it was taken, Apple's content identifier, where the picture's data lies.
"""

import re
import struct
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

ReadAt = Callable[[int, int], bytes]
"""`read_at(offset, count)`; fewer bytes at the end."""

_MOST_FOLDERS = 40
_MOST_ENTRIES = 400
_MOST_EXTENTS = 200_000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_EXIF_FOLDER, _SUB_FOLDERS, _MAKER_NOTE, _TAKEN = 0x8769, 0x014A, 0x927C, 0x9003
_OFFSETS = ((0x0111, 0x0117), (0x0144, 0x0145))  # strips and tiles, with their lengths
_OFFSETS_FROM_UTC, _GPS_FOLDER, _GPS_CLOCK, _GPS_DAY, _ORIENTATION = (
    (0x9011, 0x9012),
    0x8825,
    0x0007,
    0x001D,
    0x0112,
)
_CHANGED, _OFFSET_OF_CHANGE = 0x0132, 0x9010
_COMPRESSION, _MAKE = 0x0103, 0x010F
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
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

    def instant(self) -> datetime | None:
        """The moment in UTC: by the offset of DateTimeOriginal or of the same moment, else by the satellites'
        time."""
        taken, exif = self.taken(), self._exif_folder()
        changed = self._folder(self.first).get(_CHANGED) if self.first >= 8 else None
        same = changed is not None and self._text(changed) == self._text(exif.get(_TAKEN))
        for tag in (*_OFFSETS_FROM_UTC, *((_OFFSET_OF_CHANGE,) if same else ())):
            found = _OFFSET.match(self._text(exif.get(tag)).decode("ascii", "replace"))
            if found is not None and taken is not None:
                offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
                return taken + offset if found[1] == "-" else taken - offset
        gps = self._folder_at(_GPS_FOLDER)
        parts = self._rationals(gps.get(_GPS_CLOCK))
        try:
            day = datetime.strptime(
                self._text(gps.get(_GPS_DAY)).decode("ascii", "replace").strip("\0 "), "%Y:%m:%d"
            )
            hours, minutes, seconds = parts
            return day + timedelta(hours=hours, minutes=minutes, seconds=seconds)
        except (ValueError, OverflowError):
            return None

    def orientation(self) -> int | None:
        """EXIF's orientation of the first picture, 1 to 8; None when nothing is said."""
        found = self._numbers(self._folder(self.first).get(_ORIENTATION)) if self.first >= 8 else []
        return found[0] if found and 1 <= found[0] <= 8 else None

    def maker(self) -> str:
        """The camera's maker as it is written; empty when nothing is said."""
        entry = self._folder(self.first).get(_MAKE) if self.first >= 8 else None
        return self._text(entry, most=64).decode("ascii", "replace").strip("\0 ")

    def packing(self) -> int | None:
        """How its first picture is packed (Compression)."""
        entry = self._folder(self.first).get(_COMPRESSION) if self.first >= 8 else None
        return next(iter(self._numbers(entry)), None) if entry is not None else None

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
        return self._folder_at(_EXIF_FOLDER)

    def _folder_at(self, tag: int) -> dict[int, _Entry]:
        if self.first < 8:
            return {}
        places = self._numbers(self._folder(self.first).get(tag))
        return self._folder(places[0]) if places else {}

    def _rationals(self, entry: _Entry | None) -> list[float]:
        if entry is None or entry[0] != 5:
            return []
        raw = self._value(entry, 64)
        pairs = struct.unpack(f"{self._order}{len(raw) // 8 * 2}I", raw[: len(raw) // 8 * 8])
        return [top / below if below else 0.0 for top, below in zip(pairs[::2], pairs[1::2], strict=True)]

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

    def _numbers(self, entry: _Entry | None) -> list[int]:
        letter = None if entry is None else {3: "H", 4: "I", 13: "I"}.get(entry[0])
        if entry is None or letter is None:
            return []
        raw = self._value(entry, 4 * _MOST_EXTENTS)
        count = len(raw) // struct.calcsize(letter)
        return list(struct.unpack_from(f"{self._order}{count}{letter}", raw))

    def _unpack(self, letter: str, raw: bytes) -> int:
        number: int = struct.unpack(self._order + letter, raw)[0]
        return number
