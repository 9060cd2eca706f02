"""Sound as detectors are fitted to it, and what fitting reports."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.features import FeatureConfig


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Unbroken runs of frames, one behind the other in one array; no window spans two runs.

    Attributes:
        frames: float32 ``(n_frames, n_mels)``, possibly mapped from a file.
        lengths: how many frames each run has.
    """

    frames: NDArray[np.float32]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, *runs: NDArray[np.float32]) -> "Runs":
        """Some runs, ``(n_frames_of_run, n_mels)`` each, at least one."""
        return cls(np.concatenate(runs), tuple(map(len, runs)))

    def __len__(self) -> int:
        """How many runs there are."""
        return len(self.lengths)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        """The runs, as views of the array."""
        ends = accumulate(self.lengths)
        for length, end in zip(self.lengths, ends, strict=True):
            yield self.frames[end - length : end]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrainingSound:
    """Standardised log-mel of normal sound.

    Attributes:
        features: how it was made.
        fitted: runs that weights are fitted on.
        stopping: runs that choose the epoch.
        std_db: what one standardised unit is in each bin, dB, float32 ``(n_mels,)``.
    """

    features: FeatureConfig
    fitted: Runs
    stopping: Runs
    std_db: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitReport:
    """How well a detector was fitted.

    Attributes:
        epochs: passes over the fitted sound until the weights that were kept.
        nll_fitted: mean score on the fitted sound.
        nll_held_out: mean score on the sound that chose the epoch.
    """

    epochs: int
    nll_fitted: float
    nll_held_out: float
