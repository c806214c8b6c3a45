"""OpenAI's Whisper tiny.en with its real weights, on real speech. Run by `make test-engines`."""

import socket
import wave
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadRequest, UnreadableMedia, WeightCorrupt
from core.findings import Transcript
from engines.contract import SpeechTranscriber
from tests.engine_door import door
from tests.media_files import media_files

RATE_HZ = 16_000
# Heard as energy in the recording.
ASK_S, NOT_S = 3.28, 3.98
# openai-whisper leaves the file of its tokenizer open
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
ENGINES = [("openai_whisper_speech", {}), ("faster_whisper_speech", {"weight": "whisper-tiny-en"})]


def engine(name: str = "openai_whisper_speech", **options: object) -> SpeechTranscriber:
    return door().get(name, SpeechTranscriber, options)


def write(file: Path, samples: np.ndarray) -> Path:  # type: ignore[type-arg]
    with wave.open(str(file), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file


def starts_of_ask_not(transcript: Transcript) -> list[float]:
    """Seconds at which each "ask" begins that is followed by "not", and at which that one does."""
    words = [word for part in transcript.segments for word in part.words]
    bare = [word.text.strip(" ,.").lower() for word in words]
    found = [i for i in range(len(words) - 1) if bare[i : i + 2] == ["ask", "not"]]
    return [words[i + step].start_s for i in found for step in (0, 1)]


@pytest.mark.parametrize(("name", "options"), ENGINES)
def test_ask_not_at_the_right_second(name: str, options: dict[str, object]) -> None:
    transcript = engine(name, **options).transcribe(media_files().path("jfk"), None)
    assert "what your country can do for you" in " ".join(part.text for part in transcript.segments)
    assert transcript.language == "en"
    assert transcript.language_probability == 0.0  # these weights call everything English
    ask_s, not_s = starts_of_ask_not(transcript)
    assert abs(ask_s - ASK_S) <= 0.3
    assert abs(not_s - NOT_S) <= 0.3


@pytest.mark.parametrize(("name", "options"), ENGINES)
def test_only_english_can_be_forced(name: str, options: dict[str, object]) -> None:
    forced = engine(name, **options).transcribe(media_files().path("jfk"), "en-US")
    assert (forced.language, forced.language_probability) == ("en", 1.0)
    with pytest.raises(BadRequest, match=r"it knows en$"):
        engine(name, **options).transcribe(media_files().path("jfk"), "de")


def test_pauses_between_voices_are_put_back(tmp_path: Path) -> None:
    """The speech cut before "ask not", its parts half a minute apart: the network hears them without the pause."""
    with wave.open(str(media_files().path("jfk")), "rb") as reader:
        said = np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i2") / 32768.0
    cut, first_s, second_s = int(2.7 * RATE_HZ), 5, 40
    long = np.random.default_rng(5).normal(0, 0.002, 60 * RATE_HZ)  # the recording has a hiss of its own
    long[first_s * RATE_HZ :][:cut] = said[:cut]
    long[second_s * RATE_HZ :][: said.size - cut] = said[cut:]
    transcript = engine().transcribe(write(tmp_path / "long.wav", long), None)
    assert transcript.segments[0].start_s < first_s + 3
    (not_s,) = starts_of_ask_not(transcript)[1::2]
    assert abs(not_s - (second_s + NOT_S - 2.7)) <= 0.3
    assert all(part.end_s - part.start_s < 20 for part in transcript.segments)  # none reaches over the pause


def test_nothing_is_heard_where_nobody_speaks(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(0, 0.3, 20 * RATE_HZ)
    for sound in (np.zeros(20 * RATE_HZ), noise, np.zeros(0)):
        assert engine().transcribe(write(tmp_path / "sound.wav", sound), None) == Transcript(None, 0.0, ())


def test_broken_files_and_weights_are_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMedia):
        engine().transcribe(media_files().path("bus"), None)
    broken = tmp_path / "tiny.en.pt"
    broken.write_bytes(b"PK\x03\x04" + bytes(range(256)))
    with pytest.raises(WeightCorrupt, match=r"tiny\.en\.pt"):
        engine(weight=str(broken))


def test_no_network_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("an engine opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    assert starts_of_ask_not(engine(beam_size=1).transcribe(media_files().path("jfk"), None))
