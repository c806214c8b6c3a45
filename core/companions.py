"""Which files belong together as one asset: a photo, its raw picture, its moving part.

Asked in this order: an identifier that the camera wrote into both; then the name, which many cameras give twice,
and therefore only together with the time and the length.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from core.file_dates import time_of_name
from core.media import Kind
from core.utc_offsets import offset_from_gps

Role = Literal["original", "raw", "live", "variant", "sidecar"]
"""What a file is within its asset. The main one is the `original`, of several the one that all can show."""

LONGEST_LIVE_S = 10.0
"""A moving part lasts about 3 s; a clip that happens to have a photo's name is mostly longer."""
_SAME_SHOT = timedelta(seconds=3)
_LIVE_STILLS = {"image/jpeg", "image/heic", "image/x-adobe-dng"}
_LIVE_VIDEOS = {"video/quicktime", "video/mp4"}
_EVER = datetime(2100, 1, 1, tzinfo=UTC)

_ENDING = re.compile(r"\.[^./]*$")
# Google's cameras: PXL_1.MP beside PXL_1.MP.jpg, PXL_1.RAW-01.COVER.jpg beside PXL_1.RAW-02.ORIGINAL.dng; the
# pictures of a burst (PXL_1.BURST-01.COVER.jpg) are several.
_MOTION = re.compile(r"(.+)\.mp(~\d{1,2})?", re.DOTALL)
_PART = re.compile(r"(.+)\.(?!burst)[a-z_]+-\d\d((?:\.[a-z0-9]+)*)\.(?:cover|original)(?:\.mp)?", re.DOTALL)
_OLD_PORTRAIT = re.compile(r"\d{5}[a-z]*portrait_\d{5}_burst(\d{14,20})(?:_cover)?(?:_top)?")
_UNDER_A_COVER = re.compile(r"\.(?!burst)[a-z_]+-\d\d\.original$|^00000[a-z]*portrait_\d{5}_burst\d+$")


@dataclass(frozen=True, slots=True)
class Hints:
    """What a file says about what it belongs to; None where it says nothing.

    `pair_id` is Apple's content identifier, `duration_s` of a video. `taken` is the wall clock, `instant` the
    moment in UTC; of a video that only has its header's time, which some write as one and some as the other, both
    are that one. `maker` is the camera's.
    """

    pair_id: str | None = None
    duration_s: float | None = None
    taken: datetime | None = None
    instant: datetime | None = None
    maker: str | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """A file as far as its belonging is concerned."""

    kind: Kind
    mime: str
    name: str
    hints: Hints = Hints()

    @property
    def rank(self) -> int:
        """What is the main file of several: a picture that all can show, the one that it was made from, the raw
        one, the video."""
        if self.kind is Kind.VIDEO:
            return 3
        if is_raw(self.mime):
            return 2
        return int(_UNDER_A_COVER.search(_ENDING.sub("", folded(self.name))) is not None)


def is_raw(mime: str) -> bool:
    """Whether a media type is that of a camera's raw picture (media/raw_kinds.py)."""
    return mime.startswith("image/x-")


def folded(name: str) -> str:
    """A file's name as file systems compare it that do not distinguish upper and lower case, nor whether a letter
    has its accent in one sign or two (macOS writes two)."""
    return unicodedata.normalize("NFC", name).lower()


def shot_of(name: str) -> str:
    """What the names of one shot's files have in common.

    >>> shot_of("IMG_1.JPG"), shot_of("PXL_1.MP"), shot_of("PXL_1.MP.jpg"), shot_of("PXL_1.RAW-02.ORIGINAL.dng")
    ('img_1', 'pxl_1', 'pxl_1', 'pxl_1')
    """
    low = folded(name)
    motion = _MOTION.fullmatch(low)
    return stem_of(low if motion else _ENDING.sub("", low))


def stem_of(name: str) -> str:
    """`shot_of` for a name whose ending is gone already."""
    low = folded(name)
    if portrait := _OLD_PORTRAIT.fullmatch(low):
        return f"portrait_{portrait[1]}"
    if part := _PART.fullmatch(low):
        low = part[1]
    if motion := _MOTION.fullmatch(low):
        low = motion[1] + (motion[2] or "")
    return low


def role_beside(main: Shot, other: Shot, *, same_shot: bool, together: bool) -> Role | None:
    """The role of a file beside a main file of lower rank; None when the two are no pair.

    `same_shot`: they lay in one folder and `shot_of` their names is the same. `together`: they came in one import.
    Cameras that number photos and clips apart give unrelated files one name, so the files themselves must agree.
    """
    if other.rank <= main.rank or main.kind is Kind.VIDEO:
        return None
    if other.kind is Kind.PHOTO:
        if not same_shot:
            return None
        role: Role = "raw" if is_raw(other.mime) else "variant"
        ones, others = main.hints.taken, other.hints.taken
        if ones is None or others is None:
            return role if together or role == "variant" else None
        return role if abs(ones - others) <= _SAME_SHOT else None
    if other.mime not in _LIVE_VIDEOS or main.mime not in _LIVE_STILLS:
        return None
    return "live" if _moves(main, other, same_shot=same_shot) else None


def _moves(still: Shot, film: Shot, *, same_shot: bool) -> bool:
    ones, others = still.hints.pair_id, film.hints.pair_id
    if ones is not None and others is not None:
        return ones == others
    length_s = film.hints.duration_s
    if not same_shot or length_s is None or length_s > LONGEST_LIVE_S:
        return False
    # A name that is a moment is no number that is given twice, and nothing else is called IMG.MP.
    exact = _MOTION.fullmatch(folded(film.name)) is not None or _is_moment(film.name)
    makers = {still.hints.maker, film.hints.maker} - {None}
    if len(makers) > 1 and not exact:
        return False  # phones of one maker may name another (Redmi, Xiaomi), two cameras have names of numbers
    agree = _times_agree(still.hints, film.hints, timedelta(seconds=length_s) + _SAME_SHOT)
    if agree is None:
        return exact
    return agree or (exact and _differ_by_a_zone(still.hints, film.hints))


def _times_agree(still: Hints, film: Hints, apart: timedelta) -> bool | None:
    """None when one of them has no time. The header of a film may be UTC or the wall clock."""
    both = ((still.instant, film.instant), (still.taken, film.taken))
    pairs = [(ones, others) for ones, others in both if ones is not None and others is not None]
    return any(abs(ones - others) <= apart for ones, others in pairs) if pairs else None


def _differ_by_a_zone(still: Hints, film: Hints) -> bool:
    """Whether a wall clock of no known zone and a film's header may be one moment: the header counts in UTC."""
    if still.taken is None or still.instant is not None or film.taken is None or film.taken != film.instant:
        return False
    begun = film.taken - timedelta(seconds=film.duration_s or 0.0)
    return any(offset_from_gps(still.taken, at) is not None for at in (film.taken, begun))


def _is_moment(name: str) -> bool:
    time = time_of_name(name, _EVER)
    return time is not None and time.precision == "second"
