"""Whether recent normal sound still scores as that of the calibration did.

The test of Kolmogorov and Smirnov on two samples, which sees a change of place and of shape alike.
It takes scores for independent, and successive ones are not: the sizes of both samples are divided
by the correlation time of the recent one, the number of successive scores that say as much as one
independent score. That is measured within hours, so that a change during the day is no correlation;
what swings more slowly than that is a drift.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.bootstrap import correlation_time
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.models.scores import ClipScore

Floats = NDArray[np.float64]

FALSE_ALARM_RATE = 0.01
"""Share of looks at an unchanged machine that find a drift."""

MIN_INDEPENDENT = 20
"""Scores that either sample is worth at least; with fewer nothing is said."""

CERTAIN_BELOW = 0.1
"""Kolmogorov's statistic is above this, but for one case in 10^52; the series is slow there."""

RECENT_S = 86_400.0
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How recent scores compare with the calibrated ones.

    Attributes:
        distance: between the medians, in standard deviations of the calibrated scores; positive
            where recent sound scores higher.
        p_value: of the largest difference between the two distributions.
        n_clips: recent clips, none of which overlap.
        n_independent: how many independent scores they are worth.
    """

    distance: float
    p_value: float
    n_clips: int
    n_independent: float

    @property
    def is_drift(self) -> bool:
        """Whether the difference is more than chance."""
        return self.p_value < FALSE_ALARM_RATE


def find_drift(stretches: Sequence[Floats], calibration: Calibration) -> Drift | None:
    """Compare recent scores with those of the calibration.

    Args:
        stretches: scores of clips that do not overlap, ``(n_clips,)`` for each unbroken stretch of
            normal sound; none is empty.
        calibration: what they were judged by.

    Returns:
        None where one of the two is too little to say.
    """
    recent = np.concatenate(stretches) if stretches else np.empty(0)
    if not recent.size or np.ptp(recent) == 0:
        return None
    successive = correlation_time(_within_hours(stretches, clip_s=calibration.clip_s))
    n_recent, n_calibrated = recent.size / successive, calibration.evidence.blocks / successive
    if min(n_recent, n_calibrated) < MIN_INDEPENDENT:
        return None
    n = n_recent * n_calibrated / (n_recent + n_calibrated)
    difference = _largest_difference(recent, np.array(calibration.scores))
    # M. A. Stephens, "Use of the Kolmogorov-Smirnov, Cramer-von Mises and related statistics
    # without extensive tables", Journal of the Royal Statistical Society B 32, 1970.
    statistic = (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n)) * difference
    normal = calibration.normal
    return Drift(
        distance=float((np.median(recent) - normal.median) / normal.std),
        p_value=exceedance(statistic),
        n_clips=recent.size,
        n_independent=n_recent,
    )


def exceedance(statistic: float) -> float:
    """How often Kolmogorov's statistic is as large or larger where there is no difference.

    The series of N. Smirnov, "Table for estimating the goodness of fit of empirical distributions",
    Annals of Mathematical Statistics 19, 1948; importing ``scipy.special`` for it would cost a
    daemon half a second and 15 MB.
    """
    if statistic < CERTAIN_BELOW:
        return 1.0
    k = np.arange(1, 101)
    return float(2 * ((-1.0) ** (k + 1) * np.exp(-2 * (k * statistic) ** 2)).sum())


def _within_hours(stretches: Sequence[Floats], *, clip_s: float) -> list[Floats]:
    """What scores differ from the mean of their hour."""
    per_hour = round(HOUR_S / clip_s)
    hours = [
        hour
        for stretch in stretches
        for hour in np.array_split(stretch, math.ceil(len(stretch) / per_hour))
    ]
    return [hour - hour.mean() for hour in hours]


def _largest_difference(one: Floats, other: Floats) -> float:
    """Between two empirical distributions: the statistic of the test."""
    at = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(x), at, side="right") / len(x) for x in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


class DriftWatch:
    """A fold over the clips of a stream: has the last day drifted? Looks once an hour of sound."""

    def __init__(self, calibration: Calibration, *, sample_rate_hz: int) -> None:
        """Start with nothing heard.

        Args:
            calibration: to compare with.
            sample_rate_hz: rate of the clips' ``first_sample``.
        """
        self._calibration = calibration
        self._sample_rate_hz = sample_rate_hz
        self._recent: deque[tuple[int, float]] = deque(maxlen=round(RECENT_S / calibration.clip_s))
        self._clips_per_look = round(HOUR_S / calibration.clip_s)
        self._n_taken = 0
        self._stretch = 0
        self._end_of_last = 0
        self._drift: Drift | None = None

    @property
    def distance(self) -> float | None:
        """`Drift.distance` where there is a drift, else None."""
        return self._drift.distance if self._drift and self._drift.is_drift else None

    def push(self, clip: ClipScore) -> None:
        """Take a clip of normal sound, in order of time; one that overlaps the last is passed."""
        samples = round(clip.duration_s * self._sample_rate_hz)
        if self._end_of_last - samples < clip.first_sample < self._end_of_last:
            return
        if clip.first_sample != self._end_of_last:
            self._stretch += 1
        self._end_of_last = clip.first_sample + samples
        self._recent.append((self._stretch, clip.score))
        self._n_taken += 1
        if self._n_taken % self._clips_per_look == 0:
            by_stretch = groupby(self._recent, key=itemgetter(0))
            stretches = [np.array([score for _, score in clips]) for _, clips in by_stretch]
            self._drift = find_drift(stretches, self._calibration)
