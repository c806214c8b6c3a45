"""A video's key frames: pictures that together show what happens in it, each with its exact time.

Short videos are decoded whole and a frame is taken at each change of scene. Longer ones are judged by the frames
their encoder stored whole (it stores one at a cut, too), very long ones are sampled by seeking, so that the
time it takes stays bounded whatever the length.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg  # type: ignore[import-untyped]

from core.errors import ChildFailed, UnreadableMedia
from media.complaints import damage_in
from media.derived import frame_name
from media.limits import MIB, Limits, ProgramError, run_limited
from media.sandbox import Access
from media.video import SAFE_INPUT, Probe, compiled

LONGEST_PX = 1440
_JPEG_SCALE = 3  # ffmpeg's 2 (best) to 31
_UNSTARTED = "unstarted"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many frames to take. `scene` is ffmpeg's scene score, 0..1; measured in docs/decisions.

    At least one frame every `every_s`, at most `most` in all: in a long video the distance grows.
    `whole_pixels`: decode every frame of videos up to so many pixels in all (4e9 is a minute of Full HD at
    30 a second, about 10 s of two cores). `scan_s`: look at all stored whole frames up to this length.
    """

    scene: float = 0.18
    every_s: float = 10.0
    shortest_gap_s: float = 1.0
    most: int = 60
    whole_pixels: float = 4e9
    scan_s: float = 1800.0


def write_keyframes(
    path: Path, probe: Probe, folder: Path, sampling: Sampling
) -> tuple[list[tuple[int, Path]], str | None]:
    """Write `frame-<ms>.jpg` files into `folder`, upright, sides at most 1440 px; (milliseconds, path) in order,
    and what the decoder finds damaged in the video, in words.

    Raises UnreadableMedia when not a single frame can be decoded.
    """
    every_s = max(sampling.every_s, probe.duration_s / sampling.most)
    pixels = probe.duration_s * probe.frames_per_s * probe.width * probe.height
    complaint, said = "", list[str]()
    if probe.duration_s <= sampling.scan_s:
        whole = pixels <= sampling.whole_pixels
        try:
            complaint = _scan(path, probe, folder, sampling, every_s, whole, said)
        except ChildFailed as error:
            complaint = str(error)  # too much work in one go: the seeks below are bounded one by one
    found = _found(folder)
    for at_s in _gaps([ms / 1000 for ms, _ in found], probe.duration_s, every_s)[: sampling.most]:
        try:
            complaint = _seek(path, probe, folder, at_s, exact=bool(found)) or complaint
        except ChildFailed as error:
            complaint = str(error)
            break
    found = _found(folder)
    if not found:
        raise UnreadableMedia(f"{path.name}: no frame can be decoded: {complaint or 'it is empty'}")
    return found, damage_in(said)


def choose_poster(frames: list[tuple[int, Path]]) -> Path:
    """The frame that stands for the video: the first that is not nearly empty (black, a fade), judged by how
    many bytes its JPEG needs."""
    sizes = [path.stat().st_size for _, path in frames]
    enough = sorted(sizes)[len(sizes) // 2] / 2
    return next(path for (_, path), size in zip(frames, sizes, strict=True) if size >= enough)


def _scan(
    path: Path, probe: Probe, folder: Path, sampling: Sampling, every_s: float, whole: bool, said: list[str]
) -> str:
    gap_s = max(sampling.shortest_gap_s, probe.duration_s / sampling.most)
    since = "t-prev_selected_t"
    choice = (
        f"isnan(prev_selected_t)+gte({since},{every_s:.3f})+gt(scene,{sampling.scene})*gte({since},{gap_s:.3f})"
    )
    options: dict[str, Any] = {} if whole else {"skip_frame": "nokey"}
    video = ffmpeg.input(f"file:{path}", threads=2, **options, **SAFE_INPUT)[str(probe.stream)]
    command = _to_jpegs(video.filter("select", choice), probe, folder, sampling.most + 1)
    limits = Limits(memory_bytes=4096 * MIB, file_bytes=64 * MIB, wall_s=240.0, cpu_s=240)
    return _run(command, limits, path, folder, said)


def _seek(path: Path, probe: Probe, folder: Path, at_s: float, *, exact: bool) -> str:
    """One frame at `at_s`; if not `exact`, the frame stored whole before it, which is quicker to reach."""
    options: dict[str, Any] = {} if exact else {"noaccurate_seek": None}
    video = ffmpeg.input(f"file:{path}", threads=2, ss=f"{at_s:.3f}", **options, **SAFE_INPUT)[str(probe.stream)]
    command = _to_jpegs(video, probe, folder, 1).global_args("-copyts", "-start_at_zero")
    limits = Limits(memory_bytes=4096 * MIB, file_bytes=64 * MIB, wall_s=60.0, cpu_s=60)
    return _run(command, limits, path, folder, [])


def _run(command: Any, limits: Limits, path: Path, folder: Path, said: list[str]) -> str:
    """ffmpeg's complaint, empty when it had none: a broken end must not cost the frames before it."""
    access = Access(read=(path,), write=(folder,))
    try:
        run_limited(compiled(command), limits, path.name, access, complaints=said)
    except ProgramError as error:
        return str(error).removeprefix(f"{path.name}: ")
    return ""


def _to_jpegs(video: Any, probe: Probe, folder: Path, most: int) -> Any:
    """Scale, bring colours to what JPEG means (BT.601, full range), and name each frame by its milliseconds."""
    shrink = min(1.0, LONGEST_PX / max(probe.width, probe.height))
    width, height = (max(2, round(side * shrink / 2) * 2) for side in (probe.width, probe.height))
    if probe.interlaced:
        # After the choice of frames: one in, one out, its lines brought to one moment.
        video = video.filter("yadif", mode="send_frame", deint="all")
    if probe.hdr:
        video = (
            video.filter("scale", width, height)
            .filter("zscale", t="linear", npl=100)
            .filter("format", "gbrpf32le")
            .filter("zscale", p="bt709")
            .filter("tonemap", "hable", desat=0)
            .filter("zscale", t="bt709", m="bt709", r="tv")
            .filter("format", "yuv420p")
        )
    matrix = {"in_color_matrix": "bt709"} if probe.unmarked_hd and not probe.hdr else {}
    scaled = video.filter("scale", width, height, out_color_matrix="bt601", out_range="pc", **matrix)
    timed = scaled.filter("setsar", 1).filter("format", "yuvj420p").filter("settb", "1/1000")
    quality = {"q:v": _JPEG_SCALE, "frames:v": most, "map_metadata": -1, "threads": 1}
    naming = {"format": "image2", "frame_pts": 1, "fps_mode": "passthrough", "enc_time_base": "1:1000"}
    return timed.output(f"file:{folder}/{_UNSTARTED}%d.jpg", vcodec="mjpeg", **quality, **naming)


def _found(folder: Path) -> list[tuple[int, Path]]:
    """The frames written so far, under their final names, in order."""
    for path in folder.glob(f"{_UNSTARTED}*.jpg"):
        # A time just before 0 is how a container says that its first frame is shown at once.
        at_ms = max(0, int(path.stem.removeprefix(_UNSTARTED)))
        if path.stat().st_size > 0:
            path.replace(folder / frame_name(at_ms))
        else:
            path.unlink()
    times = (int(path.stem.removeprefix("frame-")) for path in folder.glob("frame-*.jpg"))
    return [(at_ms, folder / frame_name(at_ms)) for at_ms in sorted(times)]


def _gaps(times_s: list[float], duration_s: float, every_s: float) -> list[float]:
    """Where further frames are needed, so that none is more than about `every_s` after the one before."""
    wanted: list[float] = [] if times_s else [0.0]
    known = [*times_s, duration_s]
    before = 0.0
    for at_s in known:
        pieces = int((at_s - before) / (1.5 * every_s)) + 1
        wanted += [before + (at_s - before) * i / pieces for i in range(1, pieces)]
        before = at_s
    return wanted
