"""The way a video was taken along, as action cameras and drones write it into a track beside picture and sound
(GoPro's GPMF, DJI's, CAMM and others), read by ExifTool."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.errors import ChildFailed
from core.tags import Tags, text_of
from core.tracks import TrackPoint, read_points
from media.limits import MIB, Limits, ProgramError, run_limited
from media.sandbox import Access

# The samples of these tracks say nothing of places: faces found by iPhones, a time code.
_PLACELESS_FORMATS = {"mebx", "fdsc", "tmcd"}
_SAMPLE_HANDLERS = {"meta", "text", "sbtl", "camm", "data"}
_MOST_TRACKS = 32
_MOST_LINES = 500_000
_FIXES = ("2", "3", "-")  # "-": a camera that does not tell, and writes places only when it has one
_LINE = "$SampleTime|$GPSLatitude|$GPSLongitude|$GPSAltitude|$GPSMeasureMode|$GPSDateTime"
# A day of one sample a second is 7 MB of text. ExifTool needs 20 s of a processor for an hour of GoPro's, whose
# cameras begin a new file after 4 or 12 GB.
_LIMITS = Limits(memory_bytes=1024 * MIB, file_bytes=64 * MIB, wall_s=240.0, cpu_s=90)


@dataclass(frozen=True, slots=True)
class Track:
    """`points` in the order of time; `gps_time` as the first satellites' time is written (UTC), "" without one;
    `complaint` says why there may be more than was read."""

    points: list[TrackPoint]
    gps_time: str = ""
    complaint: str = ""


def may_have_track(tags: Tags) -> bool:
    """Whether a video's tags name a track of samples that may hold places. Reading one costs 0.2 s and more."""
    for number in range(1, _MOST_TRACKS):
        handler = text_of(tags, f"Track{number}:HandlerType")
        form = text_of(tags, f"Track{number}:MetaFormat")
        if (form or handler in _SAMPLE_HANDLERS) and form not in _PLACELESS_FORMATS:
            return True
    return False


def read_track(path: Path) -> Track:
    """The places along a video. Beyond the bounds of time and size it is what was written until then (mostly
    nothing, as ExifTool writes at its end) and a complaint; no error: the other metadata is worth having."""
    with tempfile.TemporaryDirectory(prefix="fovea-track-") as folder:
        # A plain name: the file's own might mean something to ExifTool (see media.exiftool).
        original = Path(folder) / "video"
        original.symlink_to(path.absolute())
        written = Path(folder) / "video.txt"
        argv = ["exiftool", "-config", "", "-q", "-m", "-f", "-n", "-ee", "-p", _LINE, "-w", f"{folder}/%f.txt"]
        access = Access(read=(path,), write=(Path(folder),))
        complaint = ""
        try:
            run_limited([*argv, str(original)], _LIMITS, path.name, access)
        except (ChildFailed, ProgramError) as error:
            complaint = f"its track was not read to the end: {error}"
        if not written.is_file():
            return Track([], "", complaint)
        with written.open(encoding="utf-8", errors="replace") as lines:
            samples = _Samples(lines)
            return Track(read_points(samples.rows()), samples.gps_time, complaint)


class _Samples:
    """ExifTool's lines, one at a time; `gps_time` is the first that came with a position."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.gps_time = ""

    def rows(self) -> Iterator[tuple[str, str, str, str, str]]:
        for line in islice(self._lines, _MOST_LINES):
            fields = line.rstrip("\n").split("|")
            if len(fields) != 6 or fields[0] == "-":
                continue
            if not self.gps_time and fields[4] in _FIXES and fields[5][:1].isdigit():
                self.gps_time = fields[5]
            yield fields[0], fields[1], fields[2], fields[3], fields[4]
