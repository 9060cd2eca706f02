"""The latest sound of a recording session, so that an alarm can look back. Pure."""

from collections import deque
from dataclasses import replace
from datetime import timedelta

import numpy as np

from asd_monitor.models.audio import AudioBlock


class RecentSound:
    """Remembers the blocks of a session that reach into the last seconds, and no others.

    Args:
        kept_s: how far back to remember.
    """

    def __init__(self, *, kept_s: float) -> None:
        self._kept_s = kept_s
        self._blocks: deque[AudioBlock] = deque()

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
        self._blocks.append(block)
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
        samples = np.concatenate([block.samples for block in parts])
        skipped = max(0, begin - first.first_sample)
        return replace(
            first,
            samples=samples[skipped : end - first.first_sample],
            first_sample=first.first_sample + skipped,
            captured_at=first.captured_at + timedelta(seconds=skipped / first.sample_rate_hz),
            gap_before=True,
        )


def _end(block: AudioBlock) -> int:
    return block.first_sample + len(block.samples)
