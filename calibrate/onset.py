"""When a change began, from the window scores before its detection.

The estimator belongs to the CUSUM (E. S. Page, "Continuous inspection schemes", Biometrika 41,
1954; M. Basseville and I. V. Nikiforov, "Detection of Abrupt Changes", 1993, section 2.6): sum
what each score has above a reference half-way between normal and abnormal; the sum falls while
all is normal and rises after the change, so that its last minimum marks the change.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def estimate_onset(
    scores: NDArray[np.float64],
    *,
    first_sample: int,
    hop_samples: int,
    normal_mean: float,
    critical: float,
) -> int:
    """Estimate where an event began.

    Args:
        scores: window scores of one unbroken stretch up to the detection, ``(n_windows,)``. An
            onset before the stretch is put at its beginning.
        first_sample: first sample of the first window.
        hop_samples: samples from one window's first sample to the next's.
        normal_mean: mean score of normal sound.
        critical: the threshold whose crossing opened the event.

    Returns:
        First sample of the first abnormal window.

    Raises:
        ValueError: there are no scores.
    """
    excess = scores - _reference(normal_mean, critical)
    # A stretch that is normal to its end leaves the last window as the only suspect.
    first_abnormal = min(_last_minimum(excess), len(scores) - 1)
    return first_sample + first_abnormal * hop_samples


@dataclass(frozen=True, slots=True)
class EstimatedEnd:
    """Where an event ended, as far as its scores are known.

    Attributes:
        sample: the sample after the last abnormal window; None where none is abnormal.
        recovered: how far the scores since then lie below the reference, summed up, at least 0;
            with it the estimate can go on in the next stretch.
    """

    sample: int | None = None
    recovered: float = 0.0


def estimate_end(
    scores: NDArray[np.float64],
    *,
    first_sample: int,
    hop_samples: int,
    window_samples: int,
    normal_mean: float,
    critical: float,
    before: EstimatedEnd | None = None,
) -> EstimatedEnd:
    """Estimate where an event ended: `estimate_onset` mirrored.

    Args:
        scores: window scores of one unbroken stretch from within the event to its clearance,
            ``(n_windows,)``.
        first_sample: first sample of the first window.
        hop_samples: samples from one window's first sample to the next's.
        window_samples: samples that one window covers.
        normal_mean: mean score of normal sound.
        critical: the threshold whose crossing opened the event.
        before: the estimate from the stretch before, of the same event.

    Raises:
        ValueError: there are no scores.
    """
    before = before or EstimatedEnd()
    lack = _reference(normal_mean, critical) - scores
    n_until_end = _last_minimum(lack)
    sums = before.recovered + np.cumsum(lack)
    if not n_until_end or sums[n_until_end - 1] > 0:
        return EstimatedEnd(before.sample, float(sums[-1]))
    return EstimatedEnd(
        first_sample + (n_until_end - 1) * hop_samples + window_samples,
        float(sums[-1] - sums[n_until_end - 1]),
    )


def _reference(normal_mean: float, critical: float) -> float:
    return (normal_mean + critical) / 2


def _last_minimum(steps: NDArray[np.float64]) -> int:
    """How many steps lead to the last minimum of their sum, the empty sum included."""
    if not len(steps):
        raise ValueError("no window scores to find a change in")
    sums = np.concatenate([[0.0], np.cumsum(steps)])
    return len(steps) - int(np.argmin(sums[::-1]))
