"""Sound on its way into a speech engine: 16 kHz, one channel, read in pieces so that length costs no memory."""

import subprocess
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ChildFailed, UnreadableMedia

RATE_HZ = 16_000
Samples = NDArray[np.float32]


class Sound:
    """An open WAV of 16-bit samples at 16 kHz, one channel."""

    def __init__(self, reader: wave.Wave_read) -> None:
        self._reader = reader
        self.length = reader.getnframes()

    def read(self, start: int, count: int) -> Samples:
        """Up to `count` samples from number `start`, −1..1; fewer at the end of the file."""
        if not 0 <= start < self.length:
            return np.zeros(0, dtype=np.float32)
        self._reader.setpos(start)
        raw = self._reader.readframes(min(count, self.length - start))
        return np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2").astype(np.float32) / 32768.0


@contextmanager
def open_sound(file: Path, timeout_s: float) -> Iterator[Sound]:
    """Open any recording; what is not yet 16 kHz mono WAV is converted by ffmpeg in a child process.

    Raises UnreadableMedia when there is no sound in it, ChildFailed when converting takes over `timeout_s`.
    """
    ready = _as_wanted(file)
    if ready is not None:
        with ready:
            yield Sound(ready)
        return
    with tempfile.TemporaryDirectory(prefix="fovea-sound-") as folder:
        target = Path(folder) / "sound.wav"
        _convert(file, target, timeout_s)
        converted = _as_wanted(target)
        if converted is None:
            raise UnreadableMedia(f"{file.name} holds no sound that can be read")
        with converted:
            yield Sound(converted)


def _as_wanted(file: Path) -> wave.Wave_read | None:
    if not file.is_file():
        raise UnreadableMedia(f"there is no file {file}")
    try:
        reader = wave.open(str(file), "rb")  # noqa: SIM115 - the caller closes it
    except (wave.Error, EOFError, RuntimeError):  # RuntimeError: a chunk that claims to reach beyond the file
        return None
    if (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) != (RATE_HZ, 1, 2):
        reader.close()
        return None
    return reader


def _convert(file: Path, target: Path, timeout_s: float) -> None:
    # Only local files: a playlist in a stranger's file must not make ffmpeg call a server.
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-protocol_whitelist", "file", "-i", f"file:{file}"]
    command += [
        "-vn",
        "-sn",
        "-dn",
        "-ac",
        "1",
        "-ar",
        str(RATE_HZ),
        "-c:a",
        "pcm_s16le",
        "-f",
        "wav",
        str(target),
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as late:
        raise ChildFailed(f"ffmpeg took longer than {timeout_s:.0f} s over {file.name}") from late
    except FileNotFoundError as gone:
        raise ChildFailed("the program ffmpeg is not installed") from gone
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise UnreadableMedia(f"{file.name} holds no sound that can be read: {reason[-1] if reason else 'ffmpeg'}")
