"""Videos: measures, key frames with their times, sound; broken, disguised and hostile ones."""

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import PermanentError, UnreadableMedia
from core.media import Kind
from media.keyframes import Sampling, choose_poster, write_keyframes
from media.kinds import sniff
from media.video import extract_sound, probe_video
from tests.media_files import media_files

RED, GREEN = (200, 40, 30), (30, 160, 60)
FORMATS = {
    "mp4": ["-c:v", "libx264", "-c:a", "aac"],
    "mov": ["-c:v", "libx264", "-c:a", "aac"],
    "mkv": ["-c:v", "libx264", "-c:a", "libvorbis"],
    "avi": ["-c:v", "mpeg4", "-q:v", "3", "-c:a", "pcm_s16le"],
    "webm": ["-c:v", "libvpx", "-b:v", "1M", "-c:a", "libvorbis"],
    "3gp": ["-c:v", "libx264", "-c:a", "aac"],
    "mpg": ["-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2"],
    "vob": ["-c:v", "mpeg2video", "-q:v", "2", "-c:a", "ac3"],
    "ts": ["-c:v", "libx264", "-c:a", "aac"],
    "m2ts": ["-c:v", "libx264", "-c:a", "ac3"],
}


def ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, timeout=120)


def colour(value: tuple[int, int, int], seconds: float, size: str = "320x180") -> list[str]:
    return ["-f", "lavfi", "-i", "color=c=0x{:02X}{:02X}{:02X}:s={}:d={}:r=25".format(*value, size, seconds)]


@pytest.fixture(scope="module")
def two_scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 s red, then 3 s green; sound (a tone) only in seconds 2 to 4."""
    path = tmp_path_factory.mktemp("video") / "scenes.mkv"
    tone = "sine=f=440:d=2,adelay=2000|2000,apad=whole_dur=6[a]"
    joined = f"[0:v][1:v]concat=n=2:v=1:a=0,format=yuv420p[v];{tone}"
    ffmpeg(*colour(RED, 3), *colour(GREEN, 3), "-filter_complex", joined, "-map", "[v]", "-map", "[a]",
           "-c:v", "libx264", "-g", 500, "-sc_threshold", 0, "-c:a", "pcm_s16le", path)  # fmt: skip
    return path


def middle(path: Path) -> tuple[int, int, int]:
    with Image.open(path) as picture:
        found = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(found, tuple)
    return found[0], found[1], found[2]


def assert_colour(path: Path, expected: tuple[int, int, int]) -> None:
    assert np.abs(np.array(middle(path)) - expected).max() <= 12, (middle(path), expected)


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_container(two_scenes: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"video.{suffix}"
    ffmpeg("-i", two_scenes, *FORMATS[suffix], path)
    assert sniff(path).kind is Kind.VIDEO
    probe = probe_video(path)
    assert (probe.width, probe.height, probe.sounds) == (320, 180, 1)
    assert probe.duration_s == pytest.approx(6.0, abs=0.15)
    frames, _ = write_keyframes(path, probe, tmp_path, Sampling())
    assert [at_ms for at_ms, _ in frames] == pytest.approx([0, 3000], abs=90)
    assert_colour(frames[0][1], RED)
    assert_colour(frames[1][1], GREEN)


def test_real_change_of_scene(tmp_path: Path) -> None:
    path = media_files().path("scene-change")
    frames, _ = write_keyframes(path, probe_video(path), tmp_path, Sampling())
    # The cut in this clip is at its 96th frame of 29.97 a second.
    assert [at_ms for at_ms, _ in frames] == pytest.approx([0, 3203], abs=34)


def test_a_turned_video_comes_upright(two_scenes: Path, tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    ffmpeg("-i", two_scenes, "-c", "copy", "-an", "-metadata:s:v", "rotate=90", path)
    probe = probe_video(path)
    assert (probe.width, probe.height) == (180, 320)
    frames, _ = write_keyframes(path, probe, tmp_path, Sampling())
    with Image.open(frames[0][1]) as picture:
        assert picture.size == (180, 320)


def test_long_takes_get_frames_between(tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:d=95:r=5", "-c:v", "libx264", "-preset", "ultrafast",
           "-g", 1000, "-keyint_min", 1000, "-sc_threshold", 0, path)  # fmt: skip
    probe = probe_video(path)
    every, _ = write_keyframes(path, probe, tmp_path, Sampling())
    assert [at_ms // 1000 for at_ms, _ in every] == list(range(0, 95, 10))


@pytest.mark.parametrize("scan_s", [1800.0, 10.0])
def test_long_videos_are_sampled_in_bounded_work(tmp_path: Path, scan_s: float) -> None:
    path = tmp_path / "hour.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x36:d=600:r=4", "-c:v", "libx264", "-preset", "ultrafast",
           "-g", 20, path)  # fmt: skip
    sampling = Sampling(most=12, whole_pixels=0, scan_s=scan_s)
    folder = tmp_path / "frames"
    folder.mkdir()
    frames, _ = write_keyframes(path, probe_video(path), folder, sampling)
    times = [at_ms / 1000 for at_ms, _ in frames]
    assert 8 <= len(times) <= 13
    assert times[0] == 0
    assert max(np.diff([*times, 600.0])) <= 1.6 * 600 / 12


def test_the_times_are_those_a_player_shows(two_scenes: Path, tmp_path: Path) -> None:
    frames, _ = write_keyframes(two_scenes, probe_video(two_scenes), tmp_path, Sampling(every_s=1.0))
    for at_ms, path in frames:
        ffmpeg("-ss", at_ms / 1000 + 0.01, "-i", two_scenes, "-frames:v", 1, tmp_path / "seen.png")
        assert_colour(path, middle(tmp_path / "seen.png"))
    assert len(frames) == 6


def test_poster_is_not_a_black_opening(tmp_path: Path) -> None:
    path = tmp_path / "fade.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=4:r=25"]
    joined = "[0:v][1:v]concat=n=2:v=1:a=0,format=yuv420p[v]"
    ffmpeg(*colour((0, 0, 0), 2), *source, "-filter_complex", joined, "-map", "[v]", path)
    frames, _ = write_keyframes(path, probe_video(path), tmp_path, Sampling())
    assert frames[0][0] == 0
    assert choose_poster(frames) == frames[1][1]


def test_half_pictures_of_two_moments_become_one(tmp_path: Path) -> None:
    # A white bar that moves 24 px between the two half pictures: combed, every second line differs from the next.
    path = tmp_path / "interlaced.mts"
    bar = r"nullsrc=s=320x180:r=50:d=2,geq=lum=if(lt(mod(X+24*N\,280)\,40)\,235\,16):cb=128:cr=128"
    ffmpeg("-f", "lavfi", "-i", bar, "-vf", "tinterlace=interleave_top,format=yuv420p", "-c:v", "mpeg2video",
           "-q:v", 2, "-flags", "+ildct+ilme", "-f", "mpegts", path)  # fmt: skip
    probe = probe_video(path)
    assert probe.interlaced
    for _, frame in write_keyframes(path, probe, tmp_path, Sampling(every_s=0.6))[0]:
        with Image.open(frame) as picture:
            lines = np.asarray(picture.convert("L"), dtype=float)[10:-10]
        assert np.abs(np.diff(lines, axis=0)).mean() < 6


@pytest.mark.parametrize("marked", [True, False])
def test_hd_colours(tmp_path: Path, marked: bool) -> None:
    path = tmp_path / "hd.mp4"
    mark = ["-colorspace", "bt709"] if marked else []
    ffmpeg(*colour(RED, 1, "1280x720"), "-vf", "scale=out_color_matrix=bt709,format=yuv420p", "-c:v", "libx264",
           "-preset", "ultrafast", *mark, path)  # fmt: skip
    frames, _ = write_keyframes(path, probe_video(path), tmp_path, Sampling())
    assert_colour(frames[0][1], RED)


def test_high_dynamic_range_is_mapped_to_a_screen(tmp_path: Path) -> None:
    path = tmp_path / "hlg.mp4"
    ffmpeg(*colour((128, 128, 128), 1), "-vf", "format=yuv420p10le", "-c:v", "libx264", "-color_trc",
           "arib-std-b67", "-color_primaries", "bt2020", "-colorspace", "bt2020nc", path)  # fmt: skip
    probe = probe_video(path)
    assert probe.hdr
    red, green, blue = middle(write_keyframes(path, probe, tmp_path, Sampling())[0][0][1])
    assert max(red, green, blue) - min(red, green, blue) <= 4
    assert 60 < red < 200


def test_sound_keeps_its_time(two_scenes: Path, tmp_path: Path) -> None:
    assert extract_sound(two_scenes, tmp_path / "sound.wav")
    loud = loud_seconds(tmp_path / "sound.wav")
    assert (loud[0], loud[-1]) == pytest.approx((2.0, 4.0), abs=0.06)


def test_a_late_sound_track_is_padded(two_scenes: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.mkv"
    ffmpeg("-i", two_scenes, "-itsoffset", 1.5, "-i", two_scenes, "-map", "0:v", "-map", "1:a", "-c", "copy", late)
    assert extract_sound(late, tmp_path / "sound.wav")
    assert loud_seconds(tmp_path / "sound.wav")[0] == pytest.approx(3.5, abs=0.06)


def loud_seconds(path: Path) -> list[float]:
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (1, 16_000, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16).astype(float)
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    loudness: list[int] = np.flatnonzero(np.abs(frames).max(axis=1) > 500).tolist()
    return [index * 0.02 for index in loudness]


def test_no_sound_track(two_scenes: Path, tmp_path: Path) -> None:
    ffmpeg("-i", two_scenes, "-an", "-c", "copy", tmp_path / "silent.mp4")
    assert not extract_sound(tmp_path / "silent.mp4", tmp_path / "sound.wav")
    assert not (tmp_path / "sound.wav").exists()


def test_a_recording_that_does_not_know_its_length(two_scenes: Path, tmp_path: Path) -> None:
    # As browsers record: written to a pipe, so the head never learns the length.
    path = tmp_path / "recording.webm"
    encode = ["-c:v", "libvpx", "-an", "-f", "webm", "-live", "1", "-"]
    with path.open("wb") as out:
        subprocess.run(
            ["ffmpeg", "-v", "error", "-i", str(two_scenes), *encode], stdout=out, check=True, timeout=60
        )
    assert probe_video(path).duration_s == pytest.approx(6.0, abs=0.1)


def test_a_cut_off_video_gives_what_there_is(two_scenes: Path, tmp_path: Path) -> None:
    whole = two_scenes.read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    frames, _ = write_keyframes(path, probe_video(path), tmp_path, Sampling())
    assert_colour(frames[0][1], RED)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "ffconcat version 1.0\nfile /etc/passwd\n",
        "",
        "\0\0\0\x18ftypisom\0\0\2\0isomiso2",
    ],
)
def test_what_is_no_video_is_a_permanent_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "video.mp4"
    path.write_text(text)
    with pytest.raises(UnreadableMedia, match=r"video\.mp4") as caught:
        probe_video(path)
    assert str(tmp_path) not in str(caught.value)


def test_sound_alone_is_no_video(two_scenes: Path, tmp_path: Path) -> None:
    ffmpeg("-i", two_scenes, "-vn", "-c:a", "aac", tmp_path / "sound.mp4")
    with pytest.raises(UnreadableMedia, match="sound but no moving picture"):
        probe_video(tmp_path / "sound.mp4")


def test_a_damaged_middle_does_not_lose_the_rest(two_scenes: Path, tmp_path: Path) -> None:
    data = bytearray(two_scenes.read_bytes())
    noise = np.random.default_rng(7).integers(0, 256, 2000, np.uint8).tobytes()
    data[len(data) // 3 : len(data) // 3 + len(noise)] = noise
    path = tmp_path / "damaged.mkv"
    path.write_bytes(data)
    try:
        frames, _ = write_keyframes(path, probe_video(path), tmp_path, Sampling())
    except PermanentError:
        return
    assert frames[0][0] <= 100


def test_odd_names_are_only_names(two_scenes: Path, tmp_path: Path) -> None:
    path = tmp_path / "-i %d [x];:'.mkv"
    path.write_bytes(two_scenes.read_bytes())
    folder = tmp_path / "out"
    folder.mkdir()
    assert len(write_keyframes(path, probe_video(path), folder, Sampling())[0]) == 2
    assert extract_sound(path, folder / "sound.wav")
