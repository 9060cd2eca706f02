"""The latest scores of a recording session, to look back at when an event opens or closes."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.scores import WindowScores


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Consecutive scores of windows, or of clips.

    Attributes:
        score: ``(n_windows,)``.
        first_sample: first sample of the first window.
        hop_samples: from one window's first sample to the next's.
        window_samples: samples that one window covers.
    """

    score: NDArray[np.float64]
    first_sample: int
    hop_samples: int
    window_samples: int

    def since(self, sample: int) -> "Stretch":
        """The windows that begin at a sample or later."""
        n_before = min(max(0, -((self.first_sample - sample) // self.hop_samples)), len(self.score))
        first_sample = self.first_sample + n_before * self.hop_samples
        return replace(self, score=self.score[n_before:], first_sample=first_sample)


class WindowHistory:
    """Keeps the window scores of the last stretch of a session, and no more.

    What `until` finds does not depend on how many windows came at a time, as long as it is asked
    for samples no earlier than the end of the windows that were there before the last ones.
    """

    def __init__(self, *, kept_s: float, sample_rate_hz: int) -> None:
        """Start with nothing.

        Args:
            kept_s: how far back to remember.
            sample_rate_hz: rate of the windows' positions.
        """
        self._kept_samples = round(kept_s * sample_rate_hz)
        self._parts: deque[WindowScores] = deque()
        self._usable_from = 0

    def extend(self, windows: tuple[WindowScores, ...]) -> None:
        """Add the windows that follow those already here, and forget the oldest of those."""
        while self._parts and _end(self._parts[0]) < _end(self._parts[-1]) - self._kept_samples:
            self._parts.popleft()
        self._parts.extend(windows)

    def clear(self) -> None:
        """Forget everything: the next windows belong to another session."""
        self._parts.clear()
        self._usable_from = 0

    def forget_before(self, sample: int) -> None:
        """Forget the windows that begin before a sample: their sound was faulty."""
        self._usable_from = max(self._usable_from, sample)

    def until(self, sample: int) -> Stretch:
        """The windows that lie in the remembered time before a sample; possibly none."""
        if not self._parts or not len(self._parts[0].score):
            return Stretch(np.empty(0), sample, 1, 0)
        oldest = self._parts[0]
        hop = oldest.hop_samples
        begin = max(sample - self._kept_samples, self._usable_from)
        too_early = max(0, -((oldest.first_sample - begin) // hop))
        in_time = max(0, (sample - oldest.first_sample - oldest.window_samples) // hop + 1)
        scores = np.concatenate([part.score[0] for part in self._parts])
        return Stretch(
            scores[too_early:in_time],
            oldest.first_sample + too_early * hop,
            hop,
            oldest.window_samples,
        )

    def all(self) -> Stretch:
        """All that are remembered and usable; possibly none."""
        return self.until(_end(self._parts[-1])) if self._parts else self.until(0)

    def per_bin(self, begin: int, end: int) -> NDArray[np.float64] | None:
        """Scores by mel band of the remembered windows that lie between two samples.

        Returns:
            ``(n_windows, n_mels)``, possibly without a row; None where there are no such scores.
        """
        begin = max(begin, self._usable_from)
        parts = [(part, part.per_bin) for part in self._parts if part.per_bin is not None]
        found = [per_bin[_within(part, begin, end)] for part, per_bin in parts]
        return np.concatenate(found) if found else None


class ClipHistory:
    """Keeps the scores of the last clips that followed each other without one that is unknown."""

    def __init__(self, *, kept: int, hop_samples: int) -> None:
        """Start with nothing.

        Args:
            kept: how many clips to remember.
            hop_samples: from one clip's first sample to the next's.
        """
        self._hop_samples = hop_samples
        self._scores: deque[float] = deque(maxlen=kept)
        self._newest_sample = self._clip_samples = 0

    def append(self, score: float, *, first_sample: int, clip_samples: int) -> None:
        """Add the clip that follows those already here."""
        self._scores.append(score)
        self._newest_sample, self._clip_samples = first_sample, clip_samples

    def clear(self) -> None:
        """Forget everything: the next clip does not follow those before."""
        self._scores.clear()

    def __len__(self) -> int:
        return len(self._scores)

    def all(self) -> Stretch:
        """The clips that are remembered; possibly none."""
        before = (len(self._scores) - 1) * self._hop_samples
        return Stretch(
            np.array(self._scores),
            self._newest_sample - before,
            self._hop_samples,
            self._clip_samples,
        )


def _within(windows: WindowScores, begin: int, end: int) -> slice:
    """Which of the windows lie between two samples."""
    first = max(0, -((windows.first_sample - begin) // windows.hop_samples))
    n_before_end = (end - windows.first_sample - windows.window_samples) // windows.hop_samples + 1
    return slice(first, max(first, n_before_end))


def _end(windows: WindowScores) -> int:
    """The sample after the last window's last."""
    last = windows.score.shape[1] - 1
    return int(windows.first_sample + last * windows.hop_samples + windows.window_samples)
