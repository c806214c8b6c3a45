"""Speech: OpenAI's own Whisper in PyTorch (MIT), behind the same guards as the default engine.

Needs the environment .venv-torch. The default weight tiny.en knows English only; any checkpoint of OpenAI's can be
named by its path.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import WeightCorrupt
from core.findings import Segment, Transcript
from engines.contract import Options
from engines.identity import weight_identity
from engines.settings import check_fraction, read_settings
from engines.sound import RATE_HZ, Samples, open_sound
from engines.spoken_languages import by_language
from engines.torch_packages import import_extra
from engines.voices import (
    Hearing,
    Spoken,
    Stretch,
    believable,
    find_voices,
    found_language,
    language_code,
    segments_of,
    transcript_of,
)

ANALYSIS = "speech"


@dataclass(frozen=True, slots=True)
class Settings:
    """`weight` is a name of the manifest or the path of a checkpoint; the rest as in faster_whisper_speech."""

    weight: str = "whisper-tiny-en-pt"
    beam_size: int = 5
    voice_threshold: float = 0.5
    min_voice_ms: int = 250
    min_log_probability: float = -1.0
    max_no_speech: float = 0.6
    max_compression: float = 2.4
    gap_s: float = 2.0
    window_s: float = 300.0
    convert_timeout_s: float = 600.0

    def __post_init__(self) -> None:
        check_fraction(voice_threshold=self.voice_threshold, max_no_speech=self.max_no_speech)
        if not 60.0 <= self.window_s <= 3600.0 or not 1 <= self.beam_size <= 20 or self.gap_s <= 0:
            raise ValueError("window_s must lie in 60..3600, beam_size in 1..20, gap_s above 0")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word with its times in the window, pauses between voices put back."""

    start: float
    end: float
    word: str
    probability: float


@dataclass(frozen=True, slots=True)
class _Told:
    text: str
    words: list[_Word]
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


def identity(options: Options) -> str:
    """Engine and weights without importing torch."""
    settings = read_settings(Settings, "openai_whisper_speech", options.extra)
    return weight_identity("openai_whisper_speech", _checkpoint(options, settings))


def _checkpoint(options: Options, settings: Settings) -> Path:
    return Path(settings.weight) if "/" in settings.weight else options.weight(settings.weight)


class OpenAiWhisperSpeech:
    """Writes down what is said; one recording at a time."""

    def __init__(self, model: Any, threads: int, settings: Settings, identity: str) -> None:
        self._model, self._threads, self._settings, self.identity = model, threads, settings, identity
        self._lock = threading.Lock()

    def transcribe(self, sound: Path, language: str | None) -> Transcript:
        """What is said in a recording; `language` ("de", "pt-BR") forces it, None finds it out.

        Raises BadRequest for a language the weights do not know, UnreadableMedia for a file without sound.
        """
        import torch

        limits = self._settings
        code = language_code(language, self._languages())
        segments: list[Segment] = []
        hearing = Hearing(limits.voice_threshold, limits.min_voice_ms, limits.window_s)
        with self._lock, open_sound(sound, limits.convert_timeout_s) as opened:
            torch.set_num_threads(self._threads)
            for stretch in find_voices(opened, hearing):
                many = code is None and self._model.is_multilingual
                for part in by_language(stretch, self._find_language) if many else [stretch]:
                    heard, sure = (code, 1.0) if code else self._find_language(part.voices())
                    spoken = found_language(heard, sure) if many else Spoken(heard, sure)
                    segments += self._window(part, heard, spoken)
        return transcript_of(segments)

    def _languages(self) -> set[str]:
        from whisper.tokenizer import LANGUAGES

        return set(LANGUAGES) if self._model.is_multilingual else {"en"}

    def _find_language(self, voices: Samples) -> tuple[str, float]:
        """The likeliest language and how sure; weights of English alone call everything English, unsure."""
        if not self._model.is_multilingual:
            return "en", 0.0
        import whisper

        heard = whisper.pad_or_trim(voices)
        spectrum = whisper.log_mel_spectrogram(heard, n_mels=self._model.dims.n_mels)
        _, chances = self._model.detect_language(spectrum)
        likeliest = max(chances, key=chances.__getitem__)
        return str(likeliest), float(chances[likeliest])

    def _window(self, stretch: Stretch, language: str, spoken: Spoken) -> list[Segment]:
        import whisper

        limits = self._settings
        told = whisper.transcribe(
            self._model,
            stretch.voices(),
            language=language,
            beam_size=limits.beam_size,
            word_timestamps=True,
            condition_on_previous_text=False,
            fp16=False,
            verbose=None,
            logprob_threshold=limits.min_log_probability,
            no_speech_threshold=limits.max_no_speech,
            compression_ratio_threshold=limits.max_compression,
        )
        bounds = (limits.min_log_probability, limits.max_no_speech, limits.max_compression)
        kept = [one for one in _told(told["segments"], stretch) if believable(one, *bounds)]
        return [part for one in kept for part in segments_of(one.words, stretch, limits.gap_s, spoken)]


def _told(segments: list[dict[str, Any]], stretch: Stretch) -> Iterator[_Told]:
    """Whisper's segments, their words at the window's time instead of that of the voices alone."""
    for segment in segments:
        words = []
        for word in segment.get("words", []):
            shift = _pause_before((float(word["start"]) + float(word["end"])) / 2, stretch)
            start, end = float(word["start"]) + shift, float(word["end"]) + shift
            words.append(_Word(start, end, str(word["word"]), float(word["probability"])))
        yield _Told(
            str(segment["text"]),
            words,
            float(segment["avg_logprob"]),
            float(segment["no_speech_prob"]),
            float(segment["compression_ratio"]),
        )


def _pause_before(at_s: float, stretch: Stretch) -> float:
    """Seconds left out before the moment `at_s` of the voices alone."""
    passed = 0.0
    for chunk in stretch.chunks:
        length = (chunk["end"] - chunk["start"]) / RATE_HZ
        if at_s <= passed + length:
            return chunk["start"] / RATE_HZ - passed
        passed += length
    return stretch.chunks[-1]["end"] / RATE_HZ - passed


def load(options: Options) -> OpenAiWhisperSpeech:
    """Settings: see Settings. The checkpoint is read as tensors alone (`weights_only`), nothing in it is run."""
    settings = read_settings(Settings, "openai_whisper_speech", options.extra)
    name = identity(options)
    whisper = import_extra("openai_whisper_speech", "whisper")
    checkpoint = _checkpoint(options, settings)
    try:
        model = whisper.load_model(str(checkpoint), device="cpu")
    except Exception as wrong:  # torch raises errors of many kinds for a file that is none of its own
        raise WeightCorrupt(f"{checkpoint.name} is no checkpoint of Whisper: {wrong}"[:400]) from wrong
    # Which heads tell the time of words is known per model by its name, which OpenAI's files carry.
    heads = whisper._ALIGNMENT_HEADS.get(checkpoint.stem)
    if heads is not None:
        model.set_alignment_heads(heads)
    return OpenAiWhisperSpeech(model, options.threads, settings, name)
