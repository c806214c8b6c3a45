"""What a text means, as 384 numbers of unit length: all-MiniLM-L6-v2 (Apache-2.0) as ONNX.

A sentence-transformers model (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2): WordPiece tokens,
six layers, the mean over the tokens, unit length. Texts of like meaning have a cosine near 1. Trained on English.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightCorrupt, WeightMissing
from engines.contract import Options
from engines.identity import weight_identity
from engines.runtime import DEFAULT_RUNTIME, Network, check_runtime, open_network
from engines.settings import read_settings

ANALYSIS = "meaning"
DIMENSIONS = 384
_LONGEST = 512  # tokens the network has places for
_BATCH_TOKENS = 2048  # texts computed at once, as their tokens together, which bounds memory
_LETTERS_PER_TOKEN = 20  # what lies beyond max_tokens times this is not even looked at


@dataclass(frozen=True, slots=True)
class Settings:
    """What is beyond `max_tokens` (about 0.75 words each) of a text is left out; 256 is the authors' own limit."""

    weight: str = "minilm-l6-v2"
    max_tokens: int = 256
    runtime: str = DEFAULT_RUNTIME

    def __post_init__(self) -> None:
        check_runtime(self.runtime)
        if not 8 <= self.max_tokens <= _LONGEST:
            raise ValueError(f"max_tokens must lie in 8..{_LONGEST}")


def identity(options: Options) -> str:
    """Engine and weights without opening the network."""
    settings = read_settings(Settings, "minilm_text", options.extra)
    return weight_identity("minilm_text", *_files(options.weight(settings.weight)))


def _files(folder: Path) -> tuple[Path, Path]:
    return folder / "model.onnx", folder / "tokenizer.json"


class MiniLmText:
    """Texts to vectors; safe to call from several threads."""

    dimensions = DIMENSIONS

    def __init__(self, network: Network, tokenizer: Any, settings: Settings, identity: str) -> None:
        self._network, self._tokenizer, self._settings = network, tokenizer, settings
        self.identity = identity

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """len(texts) × 384, each row of unit length. An empty text has a vector too, of no meaning."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        most = self._settings.max_tokens * _LETTERS_PER_TOKEN
        # Names of files may hold lone surrogates, which are no Unicode text.
        clean = [text[:most].encode("utf-8", "replace").decode("utf-8") for text in texts]
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(clean)]
        for batch in _batches([len(ids) for ids in tokens]):
            vectors[batch] = self._vectors([tokens[index] for index in batch])
        return vectors

    def _vectors(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        longest = max(len(ids) for ids in tokens)
        numbers = np.zeros((len(tokens), longest), dtype=np.int64)
        mask = np.zeros_like(numbers)
        for row, ids in enumerate(tokens):
            numbers[row, : len(ids)], mask[row, : len(ids)] = ids, 1
        answer = self._network.run(numbers, mask, np.zeros_like(numbers))[0]
        if answer.ndim != 3 or answer.shape[2] != DIMENSIONS:
            raise WeightCorrupt(f"MiniLM-L6 answers N × tokens × {DIMENSIONS}, this network {answer.shape}")
        mean = (answer * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True).clip(1e-12), dtype=np.float32)


def _batches(lengths: list[int]) -> list[list[int]]:
    """Indices grouped by like length, each group at most _BATCH_TOKENS when padded to its longest."""
    groups: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if groups and (len(groups[-1]) + 1) * lengths[index] <= _BATCH_TOKENS:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _open_tokenizer(file: Path, max_tokens: int) -> Any:
    from tokenizers import Tokenizer

    if not file.is_file():
        raise WeightMissing(f"weight file {file} is missing; `fovea weights fetch` brings it")
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()  # the file pads each text to 128 tokens: most texts here are a few words
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def load(options: Options) -> MiniLmText:
    """Settings: weight, max_tokens, runtime."""
    settings = read_settings(Settings, "minilm_text", options.extra)
    name = identity(options)
    model, tokens = _files(options.weight(settings.weight))
    network = open_network(model, options.threads, settings.runtime)
    return MiniLmText(network, _open_tokenizer(tokens, settings.max_tokens), settings, name)
