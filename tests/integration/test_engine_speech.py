"""Whisper base with its real weights on real and on empty sound."""

import socket
import subprocess
import threading
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import BadRequest, UnreadableMedia
from core.findings import SpokenWord, Transcript
from engines.contract import SpeechTranscriber
from tests.engine_door import door
from tests.media_files import media_files

RATE_HZ = 16_000
# Heard as energy in the recording: "ask" sounds from 3.28 to 3.75 s, "not" from 3.98 to 4.30 s.
ASK_S, NOT_S = 3.28, 3.98


def whisper(**options: object) -> SpeechTranscriber:
    return door().get("faster_whisper_speech", SpeechTranscriber, options)


def samples_of(file: Path) -> NDArray[np.float64]:
    with wave.open(str(file), "rb") as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (RATE_HZ, 1, 2)
        return np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i2") / 32768.0


def write(file: Path, samples: NDArray[np.float64]) -> Path:
    with wave.open(str(file), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file


def asked(transcript: Transcript) -> list[tuple[SpokenWord, SpokenWord]]:
    """Every "ask" that is followed by "not"."""
    said = [word for segment in transcript.segments for word in segment.words]
    bare = [word.text.strip(" ,.").lower() for word in said]
    return [(said[i], said[i + 1]) for i in range(len(said) - 1) if bare[i : i + 2] == ["ask", "not"]]


def test_ask_not_at_the_right_second() -> None:
    transcript = whisper().transcribe(media_files().path("jfk"), None)
    assert transcript.language == "en"
    assert transcript.language_probability > 0.9
    assert "ask not what your country can do for you" in " ".join(part.text for part in transcript.segments)
    ((ask, not_),) = asked(transcript)
    assert abs(ask.start_s - ASK_S) <= 0.3
    assert abs(not_.start_s - NOT_S) <= 0.3
    words = [word for part in transcript.segments for word in part.words]
    assert all(0 <= word.start_s <= word.end_s <= 11.1 and 0 <= word.probability <= 1 for word in words)


def test_any_file_and_any_number_of_threads_say_the_same(tmp_path: Path) -> None:
    """As AAC in a film at 44.1 kHz, stereo, heard with one thread."""
    film = tmp_path / "it's a film.mp4"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=black:s=64x64:r=5", "-i"]
    command += [str(media_files().path("jfk")), "-shortest", "-ac", "2", "-ar", "44100", str(film)]
    subprocess.run(command, check=True, timeout=60)
    alone = door().get("faster_whisper_speech", SpeechTranscriber, {}, threads=1)
    ((ask, _),) = asked(alone.transcribe(film, None))
    assert abs(ask.start_s - ASK_S) <= 0.3


def test_nothing_is_heard_where_nobody_speaks(tmp_path: Path) -> None:
    count = 30 * RATE_HZ
    seconds = np.arange(count) / RATE_HZ
    noise = np.random.default_rng(3)
    sounds = {
        "silence": np.zeros(count),
        "white noise": noise.normal(0, 0.1, count),
        "loud noise": noise.normal(0, 0.5, count),
        "brown noise": np.cumsum(noise.normal(0, 1, count)) / 3000,
        "tone": 0.5 * np.sin(2 * np.pi * 440 * seconds),
        "hum": 0.3 * np.sin(2 * np.pi * 50 * seconds),
        "nothing": np.zeros(0),
        "a click": np.array([0.0, 0.9, -0.9]),
    }
    for name, sound in sounds.items():
        heard = whisper().transcribe(write(tmp_path / "sound.wav", sound), None)
        assert heard == Transcript(None, 0.0, ()), name
        forced = whisper().transcribe(write(tmp_path / "sound.wav", sound), "en")
        assert forced.segments == (), name


def test_long_recordings_are_heard_in_windows(tmp_path: Path) -> None:
    """Three times the same words in 2.5 minutes, once across the edge of a window of 60 s."""
    said = samples_of(media_files().path("jfk"))
    starts_s = (5.0, 55.0, 130.0)
    long = np.zeros(150 * RATE_HZ)
    for start_s in starts_s:
        at = int(start_s * RATE_HZ)
        long[at : at + said.size] = said
    transcript = whisper(window_s=60.0).transcribe(write(tmp_path / "long.wav", long), None)
    heard = asked(transcript)
    assert len(heard) == 3
    for start_s, (ask, _) in zip(starts_s, heard, strict=True):
        assert abs(ask.start_s - (start_s + ASK_S)) <= 0.3
    assert all(part.end_s - part.start_s < 30 for part in transcript.segments)


def test_a_forced_language_is_taken_or_refused() -> None:
    assert whisper().transcribe(media_files().path("jfk"), "en-US").language == "en"
    with pytest.raises(BadRequest, match="tlh"):
        whisper().transcribe(media_files().path("jfk"), "tlh")


def test_broken_files_are_said_to_be_broken(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.wav"
    garbage.write_bytes(b"RIFF\xff\xff\xff\xffWAVEfmt " + bytes(range(256)) * 8)
    silent = media_files().path("bus")
    for file in (garbage, silent, tmp_path / "missing.wav", tmp_path):
        with pytest.raises(UnreadableMedia):
            whisper().transcribe(file, None)


def test_a_playlist_makes_no_call(tmp_path: Path) -> None:
    """A stranger's "recording" that names a server: nobody may knock there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        knocks: list[object] = []
        server.settimeout(3)

        def listen() -> None:
            try:
                knocks.append(server.accept())
            except TimeoutError:
                return

        listener = threading.Thread(target=listen)
        listener.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/sound.ts"
        playlist = tmp_path / "song.wav"
        playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{address}\n#EXT-X-ENDLIST\n")
        with pytest.raises(UnreadableMedia):
            whisper().transcribe(playlist, None)
        listener.join()
    assert knocks == []
