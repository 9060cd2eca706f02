"""The latest sound of a recording session, so that an alarm can look back. Pure."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.audio import AudioBlock

_FULL_SCALE = np.float32(32768)


class RecentSound:
    """Remembers the blocks of a session that reach into the last seconds, and no others.

    Samples that came from a converter of 16 bits are kept as such: half of the memory.

    Args:
        kept_s: how far back to remember.
    """

    def __init__(self, *, kept_s: float) -> None:
        self._kept_s = kept_s
        self._blocks: deque[_Kept] = deque()

    @property
    def begin_sample(self) -> int:
        """Position of the oldest sample remembered; 0 where there is none."""
        return self._blocks[0].first_sample if self._blocks else 0

    @property
    def end_sample(self) -> int:
        """The position after the newest sample; 0 where there is none."""
        return _end(self._blocks[-1]) if self._blocks else 0

    @property
    def sample_rate_hz(self) -> int:
        """Rate of the positions; 0 where nothing is remembered."""
        return self._blocks[-1].sample_rate_hz if self._blocks else 0

    def is_continued_by(self, block: AudioBlock) -> bool:
        """Whether a block follows what is remembered without anything between."""
        return (
            not block.gap_before
            and block.first_sample == self.end_sample
            and block.sample_rate_hz == self.sample_rate_hz
        )

    def push(self, block: AudioBlock, *, keep_from: int | None) -> None:
        """Take the next block; one that does not continue what is here replaces it.

        Args:
            block: what was heard.
            keep_from: forget nothing from this position on, however old; None forgets what is old.
        """
        if not self.is_continued_by(block):
            self._blocks.clear()
        self._blocks.append(_kept(block))
        old = self.end_sample - round(self._kept_s * block.sample_rate_hz)
        limit = old if keep_from is None else min(old, keep_from)
        while len(self._blocks) > 1 and _end(self._blocks[0]) <= limit:
            self._blocks.popleft()

    def cut(self, begin: int, end: int) -> AudioBlock | None:
        """What is remembered from one position to before another, as one block of its own.

        Returns:
            None where nothing of that is remembered.
        """
        parts = [
            block for block in self._blocks if _end(block) > begin and block.first_sample < end
        ]
        if not parts:
            return None
        first = parts[0]
        samples = np.concatenate([_as_float(block.samples) for block in parts])
        skipped = max(0, begin - first.first_sample)
        return AudioBlock(
            samples=samples[skipped : end - first.first_sample],
            sample_rate_hz=first.sample_rate_hz,
            first_sample=first.first_sample + skipped,
            captured_at=first.captured_at + timedelta(seconds=skipped / first.sample_rate_hz),
            gap_before=True,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """A block; its samples are float32, or int16 where these are the same."""

    samples: NDArray[np.float32] | NDArray[np.int16]
    sample_rate_hz: int
    first_sample: int
    captured_at: datetime


def _kept(block: AudioBlock) -> _Kept:
    with np.errstate(invalid="ignore"):  # what 16 bits cannot hold is not the same afterwards
        small = (block.samples * _FULL_SCALE).astype(np.int16)
    same = np.array_equal(_as_float(small), block.samples)
    samples = small if same else block.samples
    return _Kept(samples, block.sample_rate_hz, block.first_sample, block.captured_at)


def _as_float(samples: NDArray[np.float32] | NDArray[np.int16]) -> NDArray[np.float32]:
    scale = _FULL_SCALE if samples.dtype == np.int16 else np.float32(1)
    return np.divide(samples, scale, dtype=np.float32)


def _end(block: _Kept) -> int:
    return block.first_sample + len(block.samples)
