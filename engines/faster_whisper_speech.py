"""Speech: Whisper base (multilingual, MIT) run by CTranslate2 in int8, after Silero's voice activity detection.

Whisper invents words where nobody speaks. Three guards: only stretches in which Silero (MIT, in faster-whisper)
hears a voice are transcribed; earlier text is not fed back (it makes errors repeat); and a segment is dropped
when Whisper itself doubts it. The recording is worked through in windows, so that its length costs no memory.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadRequest
from core.findings import Segment, SpokenWord, Transcript
from core.loudness import sounding_part
from engines.contract import Options
from engines.identity import weight_identity
from engines.settings import check_fraction, read_settings
from engines.sound import RATE_HZ, Samples, Sound, open_sound

ANALYSIS = "speech"
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

        Raises BadRequest for a language Whisper does not know, UnreadableMedia for a file without sound.
        """
        code = self._checked(language)
        certainty = 1.0 if code else 0.0
        segments: list[Segment] = []
        with self._lock, open_sound(sound, self._settings.convert_timeout_s) as opened:
            for start_s, speech, chunks in self._stretches(opened):
                found, info = self._window(speech, chunks, start_s, code)
                if code is None:  # the first words decide the language of the whole
                    code, certainty = str(info.language), float(info.language_probability)
                segments += found
        if not segments:
            return Transcript(None, 0.0, ())
        return Transcript(code, certainty, tuple(segments))

    def _checked(self, language: str | None) -> str | None:
        if language is None:
            return None
        code = language.replace("_", "-").split("-")[0].lower()
        if code not in self._model.supported_languages:
            known = ", ".join(sorted(self._model.supported_languages))
            raise BadRequest(f"Whisper does not know the language {language!r}; it knows {known}")
        return code

    def _stretches(self, sound: Sound) -> Iterator[tuple[float, Samples, list[dict[str, int]]]]:
        """Per window with a voice in it: its start in seconds, its samples, and where in them voices are."""
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        hearing = VadOptions(
            threshold=self._settings.voice_threshold,
            min_speech_duration_ms=self._settings.min_voice_ms,
            max_speech_duration_s=30.0,
        )
        size, start = int(self._settings.window_s * RATE_HZ), 0
        while start < sound.length:
            samples = sound.read(start, size)
            if samples.size == 0:
                return
            chunks = get_speech_timestamps(samples, hearing)
            step, last = samples.size, start + samples.size >= sound.length
            if not last and chunks and chunks[-1]["end"] > samples.size - RATE_HZ and chunks[-1]["start"] > 0:
                step = chunks.pop()["start"]  # someone is speaking at the window's end: the next begins there
            if chunks:
                yield start / RATE_HZ, samples, chunks
            start += step

    def _window(
        self, samples: Samples, chunks: list[dict[str, int]], start_s: float, language: str | None
    ) -> tuple[list[Segment], Any]:
        from faster_whisper.transcribe import restore_speech_timestamps
        from faster_whisper.vad import collect_chunks

        limits = self._settings
        voices = collect_chunks(samples, chunks)[0][0]
        told, info = self._model.transcribe(
            voices,
            language=language,
            beam_size=limits.beam_size,
            word_timestamps=True,
            condition_on_previous_text=False,
            vad_filter=False,
            log_prob_threshold=limits.min_log_probability,
            no_speech_threshold=limits.max_no_speech,
            compression_ratio_threshold=limits.max_compression,
        )
        kept = [segment for segment in told if self._believes(segment)]
        restored = restore_speech_timestamps(kept, chunks, RATE_HZ)
        told_parts = [part for segment in restored for part in self._parts(segment)]
        return [_segment(words, samples, start_s) for words in told_parts], info

    def _believes(self, segment: Any) -> bool:
        limits = self._settings
        doubted = segment.no_speech_prob > limits.max_no_speech
        return bool(
            segment.words
            and segment.text.strip()
            and segment.compression_ratio <= limits.max_compression
            and not (doubted and segment.avg_logprob < limits.min_log_probability / 2)
            and segment.avg_logprob >= 2 * limits.min_log_probability
        )

    def _parts(self, segment: Any) -> Iterator[list[Any]]:
        """The segment's words, cut where two lie more than `gap_s` apart (silence that was left out between)."""
        words: list[Any] = []
        for word in segment.words:
            if words and word.start - words[-1].end > self._settings.gap_s:
                yield words
                words = []
            words.append(word)
        yield words


def _segment(words: list[Any], samples: Samples, start_s: float) -> Segment:
    """Whisper's words carry the blank before them where the language writes one (Japanese does not)."""
    spoken = tuple(_word(word, samples, start_s) for word in words)
    text = "".join(word.word for word in words).strip()
    return Segment(spoken[0].start_s, spoken[-1].end_s, text, spoken)


def _word(word: Any, samples: Samples, start_s: float) -> SpokenWord:
    """Whisper counts the pause before a word to the word, over a second at times: it is taken off again."""
    first, last = float(word.start), float(word.end)
    begin, end = sounding_part(samples[int(first * RATE_HZ) : int(last * RATE_HZ)], RATE_HZ)
    end = end if end < last - first - 0.01 else last - first  # whole milliseconds were cut off by int()
    return SpokenWord(word.word.strip(), start_s + first + begin, start_s + first + end, float(word.probability))


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
