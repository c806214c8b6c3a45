"""Speech: Whisper base (multilingual, MIT) run by CTranslate2 in int8, after Silero's voice activity detection.

Whisper invents words where nobody speaks. Three guards: only voices are transcribed (engines/voices.py); earlier
text is not fed back (it makes errors repeat); and a segment is dropped when Whisper itself doubts it.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.findings import Segment, Transcript
from engines.contract import Options
from engines.identity import weight_identity
from engines.settings import check_fraction, read_settings
from engines.sound import RATE_HZ, Samples, open_sound
from engines.spoken_languages import by_language
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
_HEARD_FRAMES = 1000  # of 10 ms
_FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")


@dataclass(frozen=True, slots=True)
class Settings:
    """Whisper's own limits: a segment under `min_log_probability` with `max_no_speech` is silence, one that
    compresses over `max_compression` times repeats itself. `gap_s` of silence ends a segment.
    """

    weight: str = "whisper-base"
    compute_type: str = "int8"
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


def identity(options: Options) -> str:
    """Engine and weights without opening the network."""
    settings = read_settings(Settings, "faster_whisper_speech", options.extra)
    folder = options.weight(settings.weight)
    return weight_identity("faster_whisper_speech", *(folder / name for name in _FILES))


class FasterWhisperSpeech:
    """Writes down what is said; one recording at a time."""

    def __init__(self, model: Any, settings: Settings, identity: str) -> None:
        self._model, self._settings, self.identity = model, settings, identity
        self._lock = threading.Lock()

    def transcribe(self, sound: Path, language: str | None) -> Transcript:
        """What is said in a recording; `language` ("de", "pt-BR") forces it, None finds it out.

        Raises BadRequest for a language the weights do not know, UnreadableMedia for a file without sound.
        """
        limits = self._settings
        code = language_code(language, self._model.supported_languages)
        segments: list[Segment] = []
        hearing = Hearing(limits.voice_threshold, limits.min_voice_ms, limits.window_s)
        with self._lock, open_sound(sound, limits.convert_timeout_s) as opened:
            for stretch in find_voices(opened, hearing):
                for part in self._by_language(stretch, code):
                    segments += self._window(part, code)
        return transcript_of(segments)

    def _by_language(self, stretch: Stretch, code: str | None) -> list[Stretch]:
        if code is not None or not self._model.model.is_multilingual:
            return [stretch]
        return by_language(stretch, self._language)

    def _language(self, voices: Samples) -> tuple[str, float]:
        """Of up to ten seconds: the encoder is as sure of those alone as of half a minute filled up, in a sixth of
        the time."""
        from faster_whisper.audio import pad_or_trim

        spectrum = pad_or_trim(self._model.feature_extractor(voices), _HEARD_FRAMES)
        token, probability = self._model.model.detect_language(self._model.encode(spectrum))[0][0]
        return str(token[2:-2]), float(probability)

    def _found(self, info: Any) -> Spoken:
        """Weights of English alone call everything English: that is no certainty."""
        language = str(info.language)
        multilingual = self._model.model.is_multilingual
        return (
            found_language(language, float(info.language_probability)) if multilingual else Spoken(language, 0.0)
        )

    def _window(self, stretch: Stretch, language: str | None) -> list[Segment]:
        from faster_whisper.transcribe import restore_speech_timestamps

        limits = self._settings
        told, info = self._model.transcribe(
            stretch.voices(),
            language=language,
            beam_size=limits.beam_size,
            word_timestamps=True,
            condition_on_previous_text=False,
            vad_filter=False,
            log_prob_threshold=limits.min_log_probability,
            no_speech_threshold=limits.max_no_speech,
            compression_ratio_threshold=limits.max_compression,
        )
        bounds = (limits.min_log_probability, limits.max_no_speech, limits.max_compression)
        kept = [segment for segment in told if believable(segment, *bounds)]
        restored = restore_speech_timestamps(kept, stretch.chunks, RATE_HZ)
        spoken = Spoken(language, 1.0) if language else self._found(info)
        return [part for one in restored for part in segments_of(one.words, stretch, limits.gap_s, spoken)]


def load(options: Options) -> FasterWhisperSpeech:
    """Settings: see Settings. `identity` needs every file: faster-whisper would fetch a missing one by network."""
    from faster_whisper import WhisperModel

    settings = read_settings(Settings, "faster_whisper_speech", options.extra)
    name = identity(options)
    model = WhisperModel(
        str(options.weight(settings.weight)),
        device="cpu",
        compute_type=settings.compute_type,
        cpu_threads=options.threads,
        local_files_only=True,
    )
    return FasterWhisperSpeech(model, settings, name)
