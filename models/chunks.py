"""Cuts a stream into pieces of one length, so that what follows never sees the block sizes."""

import numpy as np
from numpy.typing import NDArray


class Chunks:
    """A fold: samples in, pieces of exactly ``n_samples`` out, the rest kept for the next push."""

    def __init__(self, n_samples: int) -> None:
        self._n_samples = n_samples
        self._pending = np.empty(0, dtype=np.float32)

    def push(self, samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Take float32 ``(n,)``; return the pieces that are complete now, oldest first."""
        stream = np.concatenate([self._pending, samples]) if len(self._pending) else samples
        ends = range(self._n_samples, len(stream) + 1, self._n_samples)
        self._pending = stream[len(ends) * self._n_samples :].copy()
        return [stream[end - self._n_samples : end] for end in ends]

    def finish(self) -> NDArray[np.float32]:
        """Return what is left, ``(n,)`` with ``n`` below the length of a piece, and forget it."""
        rest, self._pending = self._pending, np.empty(0, dtype=np.float32)
        return rest
