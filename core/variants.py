"""What other files of the same picture know: they give what the main file lacks, and what contradicts it is told.

A variant shows the same and differs in what is written about it; the raw file of a shot was written by the camera
itself. Both are believed after the main file and before sidecars.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from core.capture import Camera, Capture
from core.geo import distance_km
from core.taken import Taken, choose_taken
from core.time_sources import Trust

What = Literal["taken", "position", "camera"]
_SAME_TIME = timedelta(seconds=2)
_SAME_PLACE_KM = 0.1


@dataclass(frozen=True, slots=True)
class Told:
    """What one other file says. `sha512` is its hash in hexadecimal digits."""

    sha512: str
    capture: Capture


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that another file says. `used`: the asset has it from there; else it contradicts."""

    sha512: str
    what: What
    says: str
    used: bool


def complete_from(capture: Capture, others: Sequence[Told]) -> tuple[Capture, list[Statement]]:
    """`capture` with time, position and camera of other files where it has none of its own, and what they say."""
    found: list[Statement] = []
    for each in others:
        for learn in (_learn_time, _learn_position, _learn_camera):
            capture, said = learn(capture, each)
            if said is not None:
                found.append(said)
    return capture, found


_Learnt = tuple[Capture, Statement | None]


def _learn_time(capture: Capture, told: Told) -> _Learnt:
    taken = told.capture.taken
    if taken is None or _is_weak(taken):
        return capture, None
    words = taken.local.isoformat(" ", "seconds")
    own = capture.taken
    if own is None or _is_weak(own) or choose_taken((own, taken)) is taken:
        learnt = replace(taken, source=f"variant:{taken.source}")
        return replace(capture, taken=learnt), Statement(told.sha512, "taken", words, used=True)
    earliest, latest = max(own.local, taken.local), min(own.latest, taken.latest)
    if earliest - latest <= _SAME_TIME:
        return capture, None  # a day and an hour of it do not contradict
    return capture, Statement(told.sha512, "taken", words, used=False)


def _learn_position(capture: Capture, told: Told) -> _Learnt:
    own, position = capture.position, told.capture.position
    if position is None:
        return capture, None
    words = f"{position.lat:.6f}, {position.lon:.6f}"
    if own is None:
        learnt = replace(capture, position=replace(position, source="variant"))
        return learnt, Statement(told.sha512, "position", words, used=True)
    if distance_km(own.lat, own.lon, position.lat, position.lon) <= _SAME_PLACE_KM:
        return capture, None
    return capture, Statement(told.sha512, "position", words, used=False)


def _learn_camera(capture: Capture, told: Told) -> _Learnt:
    own, camera = _called(capture.camera), _called(told.capture.camera)
    if not camera or own.casefold() == camera.casefold():
        return capture, None
    if not own:
        learnt = replace(capture, camera=told.capture.camera)
        return learnt, Statement(told.sha512, "camera", camera, used=True)
    return capture, Statement(told.sha512, "camera", camera, used=False)


def _is_weak(taken: Taken) -> bool:
    """Whether any other file's tag is better: a name's, a change's, or one of a clock that is not believed."""
    return taken.trust >= Trust.NAME or taken.doubt is not None


def _called(camera: Camera) -> str:
    return " ".join(filter(None, (camera.make, camera.model)))
