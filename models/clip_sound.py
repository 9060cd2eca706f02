"""What the seconds of a session hold of one clip."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.scores import WindowScores


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSecond:
    """A second of a session, scored.

    Attributes:
        windows: the context windows that end within it.
        by_band: the log-mel frames that end within it, dB, ``(n_mels, n_frames)``.
        first_frame_sample: first sample of the first of those frames, at the model's rate.
    """

    windows: WindowScores
    by_band: NDArray[np.float32]
    first_frame_sample: int


@dataclass(frozen=True, slots=True, eq=False)
class ClipSound:
    """The frames and windows that lie wholly inside a clip.

    Attributes:
        scores: of the windows by every member that judges windows, ``(n_members, n_windows)``.
        by_band: log-mel frames, dB, ``(n_mels, n_frames)``: over a clip, what is asked is how each
            band went on.
    """

    scores: NDArray[np.float64]
    by_band: NDArray[np.float32]


def sound_from(first_sample: int, seconds: Sequence[ScoredSecond]) -> ClipSound:
    """What begins at a sample or later in consecutive seconds of a session, one at least."""
    windows, hop_samples = seconds[0].windows, seconds[0].windows.hop_samples
    scores = np.concatenate([second.windows.score for second in seconds], axis=1)
    windows_before = _n_before(first_sample, windows.first_sample, hop_samples)
    frames_before = _n_before(first_sample, seconds[0].first_frame_sample, hop_samples)
    parts = [second.by_band for second in seconds]
    parts[0] = parts[0][:, frames_before:]
    return ClipSound(scores[:, windows_before:], np.concatenate(parts, axis=1))


def _n_before(sample: int, first_sample: int, hop_samples: int) -> int:
    """How many of a row that begins at ``first_sample`` begin before a sample."""
    return max(0, -((first_sample - sample) // hop_samples))
