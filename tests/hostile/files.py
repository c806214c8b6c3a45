"""More than a thousand hostile files, the same ones each time: `hostile_files(per_format)`.

`python -m tests.hostile.files FOLDER` writes them down, to be looked at or given to another program.
"""

import hashlib
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from tests.hostile import bombs, described, disguises
from tests.hostile.broken import DEEDS, EXAMPLES, example

SEED = 20261120


@dataclass(frozen=True)
class HostileFile:
    """`name` as it lies on the disk (any bytes but "/" and NUL), `sort` says what is wrong with it."""

    name: bytes
    data: bytes
    sort: str

    @property
    def sha512(self) -> bytes:
        return hashlib.sha512(self.data).digest()


# Names that a disk takes; each gets a photo of its own.
NAMES = (
    b"<img src=x onerror=window.hacked=1>.jpg",
    b'"><script>window.hacked=1<!script>.jpg',
    b"{{constructor.constructor('window.hacked=1')()}}.jpg",
    b"javascript:window.hacked=1",
    b"two\nlines\r\nand a header: x.jpg",
    b"tab\tbell\x07escape\x1b[2J\x1b]0;owned\x07.jpg",
    b"\x01\x02\x7f.jpg",
    "right\u202egpj.exe.jpg".encode(),
    "zero\u200bwidth\ufeff.jpg".encode(),
    "\u2066isolated\u2069.jpg".encode(),
    "emoji \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e6\U0001f1f9.jpg".encode(),
    ("e" + "\u0301" * 100 + ".jpg").encode(),
    b"\xff\xfe\x80 not utf-8 \xc3.jpg",
    b"\xed\xa0\x80 surrogate.jpg",
    b"\xff" * 251 + b".jpg",
    b"x" * 251 + b".jpg",
    ("\u00fc" * 125 + ".jpg").encode(),
    b"y" * 255,
    b"-rf --help.jpg",
    b"-",
    b"@argfile.jpg",
    b"#comment.jpg",
    b"|ls.jpg",
    b"$(reboot) `reboot` ; reboot & .jpg",
    b"%s%n%d%00.jpg",
    b"..jpg...jpg",
    b"...",
    b"..\\..\\windows\\system32.jpg",
    b"C:\\con.jpg",
    b"CON.jpg",
    b"nul",
    b"aux.txt.jpg",
    b" leading and trailing .jpg ",
    b"'; drop table asset; --.jpg",
    b"?path=%2fetc%2fpasswd&x=[1].jpg",
    b"file:concat:a|b.jpg",
    b"frame%05d.jpg",
    b"*?[a-z].jpg",
)
# Paths that only the API can be told.
PATHS = (
    "../../../../etc/passwd",
    "/etc/shadow",
    "..\\..\\boot.ini",
    "a/../../b.jpg",
    "nul\0inside.jpg",
    "/".join("d" * 200 for _ in range(12)) + "/deep.jpg",
    "\ud800lone.jpg".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "line\nbreak.jpg",
    "....//....//x.jpg",
    ".",
    "..",
    " ",
    "\u202e",
    "x" * 3999,
)


def hostile_files(per_format: int, *, slow: bool = True) -> Iterator[HostileFile]:
    """`per_format` broken files of each of the 22 formats, and everything that is hostile on purpose, with or
    without what takes its time."""
    taken: set[bytes] = set()
    for made in (*_named(), *_on_purpose(slow), *broken_files(per_format)):
        if made.sha512 not in taken:  # an empty cut of two formats is the same file
            taken.add(made.sha512)
            yield made


def _on_purpose(slow: bool) -> Iterator[HostileFile]:
    for sort, found in (
        ("bomb", chain(bombs.pictures(), bombs.slow_pictures() if slow else ())),
        ("video-bomb", chain(bombs.videos(), bombs.slow_videos() if slow else ())),
        ("polyglot", disguises.polyglots()),
        ("liar", disguises.liars()),
        ("stranger", disguises.strangers()),
        ("metadata", described.photos()),
        ("video-metadata", islice(described.videos(), None if slow else 2)),
    ):
        for name, data in found:
            yield HostileFile(f"{sort}/{name}".encode(), data, sort)
    photo = "beside.jpg"
    yield HostileFile(f"sidecar/{photo}".encode(), described.picture(4000), "sidecar")
    for name, data in disguises.sidecars(photo):
        yield HostileFile(f"sidecar/{name}".encode(), data, "sidecar")


def _named() -> Iterator[HostileFile]:
    for number, name in enumerate(NAMES):
        yield HostileFile(b"name/" + name, described.picture(2000 + number), "name")


def broken_files(per_format: int) -> Iterator[HostileFile]:
    """`per_format` files of each format, broken by chance in turn in each way."""
    for place, ending in enumerate(EXAMPLES):
        chance = random.Random(f"{SEED} {ending}")
        for number in range(per_format):
            how = sorted(DEEDS)[(number + place) % len(DEEDS)]
            data = DEEDS[how](example(ending), chance)
            yield HostileFile(f"{how}/{ending}-{number:03}.{ending}".encode(), data, how)


def write_down(files: list[HostileFile], folder: Path) -> None:
    """Put the files below a folder, each under its hostile name."""
    for made in files:
        place = os.path.join(os.fsencode(folder), made.name)  # noqa: PTH118  # names that are not text
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
        with open(place, "wb") as opened:  # noqa: PTH123
            opened.write(made.data)


def make_oddities(folder: Path) -> int:
    """Things in a folder that are no files: links, a pipe, folders called like photos; how many can be refused."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "link.jpg").symlink_to("/etc/passwd")
    (folder / "nowhere.jpg").symlink_to("/does/not/exist")
    (folder / "round.jpg").symlink_to("round.jpg")
    (folder / "up").symlink_to("..", target_is_directory=True)
    (folder / os.fsdecode(b"\xff\xfe link.jpg")).symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.jpg")
    (folder / "folder.jpg" / "folder.mp4").mkdir(parents=True)
    return 6


if __name__ == "__main__":
    write_down(list(hostile_files(int(os.environ.get("PER_FORMAT", "45")))), Path(sys.argv[1]))
