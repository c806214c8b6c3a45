"""Random numbers as real libraries have them: a few things are very common, most are rare."""

from collections.abc import Iterator

import numpy as np


class Chance:
    """Random numbers in blocks, as one at a time is slow."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self._uniform: Iterator[float] = iter(())

    def __call__(self) -> float:
        """0 to 1."""
        for number in self._uniform:
            return number
        self._uniform = iter(self.rng.random(100_000).tolist())
        return self()

    def happens(self, often: float) -> bool:
        """Whether something that is so often (0 to 1) is now."""
        return self() < often

    def upto(self, count: int) -> int:
        """0 to `count` - 1, all alike."""
        return int(self() * count)

    def common(self, count: int) -> int:
        """0 to `count` - 1, the first far more often: log-uniform, which is near Zipf's law."""
        return int(count ** self()) - 1

    def about(self, middle: float, spread: float) -> float:
        """Log-normal about a median."""
        return middle * float(np.exp(spread * self.rng.standard_normal()))

    def some(self, mean: float) -> int:
        """One or more, geometric."""
        return int(np.log(1 - self()) / np.log(1 - 1 / mean)) + 1
