"""What every Whisper has in common here: only voices are listened to, and words get the times they sound at.

Whisper invents words where nobody speaks, so only stretches in which Silero (MIT, in faster-whisper) hears a voice
are transcribed. A recording is worked through in windows, so that its length costs no memory.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from core.errors import BadRequest
from core.findings import Segment, SpokenWord, Transcript
from core.loudness import sounding_part
from engines.sound import RATE_HZ, Samples, Sound

# A pause between turns, and silence that is left out; so much stays at the edges of a voice, twice beside silence.
_PAUSE_MS, _SILENCE_MS, _EDGE_MS = 400, 2000, 200
_LIKELY = 0.5
Chunk = dict[str, int]
"""Where a voice is: "start" and "end" as sample numbers."""


class Word(Protocol):
    """A word as Whisper tells it; seconds of the window."""

    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def word(self) -> str: ...
    @property
    def probability(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Hearing:
    """When something counts as a voice, and how much is looked at in one go."""

    threshold: float
    min_voice_ms: int
    window_s: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window with a voice in it: its start in the recording, its samples, where in them voices are.

    `turns`: the same, cut at shorter pauses.
    """

    start_s: float
    samples: Samples
    chunks: list[Chunk]
    turns: list[Chunk]

    def voices(self) -> Samples:
        """The voices alone, one after the other."""
        return np.concatenate([self.samples[chunk["start"] : chunk["end"]] for chunk in self.chunks])


def find_voices(sound: Sound, hearing: Hearing) -> Iterator[Stretch]:
    """Windows of a recording in which somebody speaks, cut where nobody does."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=hearing.threshold,
        min_speech_duration_ms=hearing.min_voice_ms,
        max_speech_duration_s=30.0,
        min_silence_duration_ms=_PAUSE_MS,
        speech_pad_ms=_EDGE_MS,
    )
    size, start = int(hearing.window_s * RATE_HZ), 0
    while start < sound.length:
        samples = sound.read(start, size)
        if samples.size == 0:
            return
        turns = get_speech_timestamps(samples, options)
        chunks = _joined(turns, samples.size)
        step, last = samples.size, start + samples.size >= sound.length
        if not last and chunks and chunks[-1]["end"] > samples.size - RATE_HZ and chunks[-1]["start"] > 0:
            step = chunks.pop()["start"]  # someone is speaking at the window's end: the next begins there
        if chunks:
            heard = [turn for turn in turns if turn["start"] < chunks[-1]["end"]]
            yield Stretch(start / RATE_HZ, samples, chunks, heard)
        start += step


def _joined(turns: list[Chunk], size: int) -> list[Chunk]:
    """Turns with a short pause between them as one, with a little of the silence about it."""
    longest_pause = (_SILENCE_MS - 2 * _EDGE_MS) * RATE_HZ // 1000
    chunks: list[Chunk] = []
    for turn in turns:
        if chunks and turn["start"] - chunks[-1]["end"] < longest_pause:
            chunks[-1]["end"] = turn["end"]
        else:
            chunks.append(dict(turn))
    more = _EDGE_MS * RATE_HZ // 1000
    return [{"start": max(0, chunk["start"] - more), "end": min(size, chunk["end"] + more)} for chunk in chunks]


def language_code(language: str | None, known: Collection[str]) -> str | None:
    """ "pt-BR" as Whisper's "pt". Raises BadRequest, naming those there are, for a language it does not know."""
    if language is None:
        return None
    code = language.replace("_", "-").split("-")[0].lower()
    if code not in known:
        raise BadRequest(f"Whisper does not know the language {language!r}; it knows {', '.join(sorted(known))}")
    return code


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language, None where none is likely, and how sure that is: 1 where a person said so."""

    language: str | None
    probability: float


def found_language(language: str, probability: float) -> Spoken:
    """What a detector says: a language that is less likely than all others together is none."""
    return Spoken(language if probability >= _LIKELY else None, probability)


def transcript_of(segments: Sequence[Segment]) -> Transcript:
    """The whole: its language is that of most of the speech, and as sure as that is on average."""
    if not segments:
        return Transcript(None, 0.0, ())
    lengths: dict[str | None, float] = {}
    for each in segments:
        lengths[each.language] = lengths.get(each.language, 0.0) + each.end_s - each.start_s
    language = max(lengths, key=lengths.__getitem__)
    theirs = [each for each in segments if each.language == language]
    spent = sum(each.end_s - each.start_s for each in theirs)
    sure = sum(each.language_probability * (each.end_s - each.start_s) for each in theirs)
    certainty = sure / spent if spent > 0 else theirs[0].language_probability
    return Transcript(language, certainty, tuple(segments))


def segments_of(words: Sequence[Word], stretch: Stretch, gap_s: float, spoken: Spoken) -> list[Segment]:
    """A segment of Whisper's, cut where two words lie more than `gap_s` apart (silence was left out between)."""
    parts: list[list[Word]] = []
    for word in words:
        if not parts or word.start - parts[-1][-1].end > gap_s:
            parts.append([])
        parts[-1].append(word)
    return [_segment(part, stretch, spoken) for part in parts]


def _segment(words: list[Word], stretch: Stretch, said: Spoken) -> Segment:
    """Whisper's words carry the blank before them where the language writes one (Japanese does not)."""
    spoken = tuple(_spoken(word, stretch) for word in words)
    text = "".join(word.word for word in words).strip()
    return Segment(spoken[0].start_s, spoken[-1].end_s, text, spoken, said.language, said.probability)


def _spoken(word: Word, stretch: Stretch) -> SpokenWord:
    """Whisper counts the pause before a word to the word, over a second at times: it is taken off again."""
    first, last = float(word.start), float(word.end)
    begin, end = sounding_part(stretch.samples[int(first * RATE_HZ) : int(last * RATE_HZ)], RATE_HZ)
    end = end if end < last - first - 0.01 else last - first  # whole milliseconds were cut off by int()
    start_s = stretch.start_s + first
    return SpokenWord(word.word.strip(), start_s + begin, start_s + end, float(word.probability))


def believable(segment: Any, min_log_probability: float, max_no_speech: float, max_compression: float) -> bool:
    """Whether Whisper itself believes its segment: not a repetition, not silence, not a guess."""
    doubted = segment.no_speech_prob > max_no_speech
    return bool(
        segment.words
        and segment.text.strip()
        and segment.compression_ratio <= max_compression
        and not (doubted and segment.avg_logprob < min_log_probability / 2)
        and segment.avg_logprob >= 2 * min_log_probability
    )
