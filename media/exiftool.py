"""Every tag of a file, read by one ExifTool process kept open: a start costs about 80 ms, a file 6 ms."""

import itertools
import json
import math
import re
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.errors import ChildFailed, UnreadableMedia
from media.limits import MIB, Limits, LongLived, describe_exit, processor_s
from media.pipes import AnswerTooLongError, DeadlineError, PipeClosedError, read_until, write_until
from media.sandbox import Access
from media.staging import Staging, plain_name

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

# A tag's value longer than this is cut: an XMP history or a JSON blob in a description can have megabytes.
LONGEST_TEXT = 4_000
LONGEST_LIST = 500
DEEPEST = 8
MOST_TAGS = 4_000
MOST_ANSWER_BYTES = 64 * MIB
_BINARY = re.compile(r"\(Binary data \d+ bytes.*\)|\(large array of .*\)", re.DOTALL)
_SURROGATES = re.compile("[\x00\ud800-\udfff]")
_NO_UTF8 = re.compile("[\udc80-\udcff]")
# About our copy of the file, not about the picture.
_OWN_GROUPS = ("System", "ExifTool")

_OPTIONS = (
    # Never -fast: it loses what stands behind the pictures of AVI, GIF and MPEG-TS, and saves nothing on a file;
    # -fast2 loses 13 % of positions (HEIC).
    *("-json", "-long", "-G1", "-struct"),
    *("-charset", "filename=utf8", "-api", "LargeFileSupport=1"),
)


@dataclass(frozen=True, slots=True)
class RawTags:
    """All tags by "Group:Name" (ExifTool's family 1, e.g. "ExifIFD:DateTimeOriginal").

    `values` are as stored: numbers as numbers, positions in degrees without sign (the reference is a tag of
    its own), composites with sign. `shown` has ExifTool's wording for people where it differs ("1/887").
    `complaints` are ExifTool's own errors and warnings about the file.
    """

    values: dict[str, Json]
    shown: dict[str, Json]
    complaints: tuple[str, ...]


class ExifTool:
    """One ExifTool process for many files; safe to use from several threads, one file at a time.

    It is started with the first file, killed and started anew when a file takes more processor time than `cpu_s`,
    longer than `wall_s` or more memory than `memory_bytes`, and dies with this process. It sees the file at hand
    and no other (media/staging.py); `beside` as in `Staging`. Close it, or use it in a `with` statement.
    """

    def __init__(
        self,
        cpu_s: int = 30,
        wall_s: float = 120.0,
        memory_bytes: int = 1024 * MIB,
        beside: Path | None = None,
    ) -> None:
        self._cpu_s = cpu_s
        self._limits = Limits(memory_bytes=memory_bytes, file_bytes=1 * MIB, wall_s=wall_s)
        self._beside = beside
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._tool: LongLived | None = None
        self._staging: Staging | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process. The next `read` starts a new one."""
        with self._lock:
            self._stop()

    def read(self, path: Path) -> RawTags:
        """All tags of the file at `path`.

        Raises UnreadableMedia when ExifTool makes nothing of the file within its processor time; ChildFailed when
        it died, was late or ran out of memory, which may be the machine's doing.
        """
        if not path.is_file():
            raise UnreadableMedia(f"{path.name}: there is no such file")
        with self._lock:
            answer = self._read(path)
        try:
            # Bytes that are no UTF-8 become lone surrogates, one each: `clean_text` reads them as Latin 1.
            text = (answer or b"[]").decode("utf-8", "surrogateescape")
            found = json.loads(text, parse_constant=str, parse_float=_finite, strict=False)
        except (ValueError, RecursionError) as error:
            raise UnreadableMedia(f"{path.name}: ExifTool's answer about it cannot be read: {error}") from error
        if not found:
            raise UnreadableMedia(f"{path.name}: ExifTool finds nothing in it")
        return _clean_tags(found[0])

    def _read(self, path: Path) -> bytes:
        if self._tool is None or self._tool.process.poll() is not None or not self._is_staging():
            self._stop()
            self._staging = Staging(self._beside)
            self._tool = self._start(self._staging.access)
        assert self._staging is not None  # noqa: S101
        with self._staging.staged(path) as staged:
            if staged is not None:
                return self._ask(self._tool, str(staged), path.name)
        return self._read_alone(path)

    def _read_alone(self, path: Path) -> bytes:
        """A file too large to be copied: by a process that sees it alone. It gets a plain name, as newlines, a
        leading "#" and others mean something to ExifTool's argument file or to Perl's open."""
        with tempfile.TemporaryDirectory(prefix="fovea-exif-") as folder:
            alias = Path(folder) / plain_name(path.name)
            alias.symlink_to(path.absolute())
            tool = self._start(Access(read=(path, alias.parent)))
            try:
                return self._ask(tool, str(alias), path.name)
            finally:
                tool.close()

    def _ask(self, tool: LongLived, argument: str, name: str) -> bytes:
        process = tool.process
        assert process.stdin is not None and process.stdout is not None  # noqa: S101
        number = next(self._numbers)
        lines = "".join(f"{option}\n" for option in (*_OPTIONS, argument, f"-execute{number}"))
        deadline = time.monotonic() + self._limits.wall_s
        try:
            watch = _Watch(process.pid, processor_s(process.pid) + self._cpu_s)
            write_until(process.stdin, lines.encode(), deadline)
            return read_until(process.stdout, f"{{ready{number}}}\n".encode(), deadline, MOST_ANSWER_BYTES, watch)
        except _OutOfProcessorTime as error:
            tool.close()
            raise UnreadableMedia(f"{name}: ExifTool needs more than {self._cpu_s} s for it") from error
        except DeadlineError as error:
            tool.close()
            raise ChildFailed(f"{name}: ExifTool took more than {self._limits.wall_s:.0f} s") from error
        except AnswerTooLongError as error:
            tool.close()
            raise ChildFailed(f"{name}: ExifTool's answer exceeds {MOST_ANSWER_BYTES // MIB} MiB") from error
        except (PipeClosedError, ProcessLookupError, FileNotFoundError) as error:
            code = process.wait()
            tool.close()
            raise ChildFailed(f"{name}: ExifTool {describe_exit(code)}") from error

    def _is_staging(self) -> bool:
        return self._staging is not None and self._staging.input.is_dir()

    def _start(self, access: Access) -> LongLived:
        # An empty -config keeps a configuration file (which is Perl code) in the home folder from being run.
        argv = ["exiftool", "-config", "", "-stay_open", "True", "-@", "-"]
        return LongLived(argv, self._limits, access)

    def _stop(self) -> None:
        if self._tool is not None:
            self._tool.close()
            self._tool = None
        if self._staging is not None:
            self._staging.close()
            self._staging = None


class _OutOfProcessorTime(Exception):
    """The file takes more of it than one may."""


@dataclass(frozen=True, slots=True)
class _Watch:
    """Raises once a process has used its processor time: the kernel's own bound counts its whole life."""

    pid: int
    until_s: float

    def __call__(self) -> None:
        if processor_s(self.pid) > self.until_s:
            raise _OutOfProcessorTime


def _finite(text: str) -> Json:
    number = float(text)
    return number if math.isfinite(number) else text


def _clean_tags(found: dict[str, Any]) -> RawTags:
    values: dict[str, Json] = {}
    shown: dict[str, Json] = {}
    complaints: list[str] = []
    says_coding = "IPTC:CodedCharacterSet" in found
    for key, entry in found.items():
        if not isinstance(entry, dict) or "val" not in entry:
            continue
        wording = clean_value(entry["val"])
        if key.startswith("IPTC:") and not says_coding:
            wording = read_as_utf8(wording)
        group, _, name = clean_text(key).partition(":")
        if group == "ExifTool" and name in ("Error", "Warning"):
            complaints.append(str(wording))
        if group in _OWN_GROUPS or _is_binary(entry["val"]) or len(values) >= MOST_TAGS:
            continue
        tag = f"{group}:{name}"[:200]
        values[tag] = clean_value(entry["num"]) if "num" in entry else wording
        if "num" in entry:
            shown[tag] = wording
    return RawTags(values, shown, tuple(complaints))


def _is_binary(value: Json) -> bool:
    return isinstance(value, str) and _BINARY.fullmatch(value) is not None


def clean_text(text: str) -> str:
    """Text that PostgreSQL's jsonb takes: without NUL characters and lone surrogates, of bounded length."""
    text = _SURROGATES.sub("", _NO_UTF8.sub(lambda found: _latin(ord(found[0]) - 0xDC00), text))
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"


def _latin(byte: int) -> str:
    """A byte as Windows writes Latin letters; its five gaps as ISO 8859-1 has them."""
    return bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte))


_LATIN_BYTES = {_latin(byte): byte for byte in range(256)}


def read_as_utf8(value: Json) -> Json:
    """IPTC texts that do not say their coding are taken for Latin letters, as the standard has it. Many are UTF-8:
    what reads as UTF-8 and is more than ASCII is none by chance."""
    if isinstance(value, list):
        return [read_as_utf8(each) for each in value]
    if not isinstance(value, str) or value.isascii():
        return value
    try:
        return bytes(_LATIN_BYTES[sign] for sign in value).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return value


def clean_value(value: Any, depth: int = 0) -> Json:
    """A JSON value of bounded depth and length whose texts are clean; what nests deeper becomes text."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) <= 10**30:
        return value
    if isinstance(value, list) and depth < DEEPEST:
        return [clean_value(one, depth + 1) for one in value[:LONGEST_LIST]]
    if isinstance(value, dict) and depth < DEEPEST:
        pairs = itertools.islice(value.items(), LONGEST_LIST)
        return {clean_text(key): clean_value(one, depth + 1) for key, one in pairs}
    return clean_text(str(value))
