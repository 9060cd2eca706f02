"""What normal sound scores in each mel band, gathered while it is scored."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.attribution import NormalBands
from asd_monitor.models.scores import ClipScore, WindowScores

MAX_SECONDS = 4096
"""Seconds remembered at most; of more, every second one, every fourth, and so on, are kept."""

_STD_PER_MAD = 1.4826


class BandGatherer:
    """A fold over window scores: the mean score of each second by mel band, thinned."""

    def __init__(self) -> None:
        self._kept: list[NDArray[np.float32]] = []
        self._stride = 1
        self._n_seen = 0

    def add(self, seconds: Iterable[WindowScores]) -> None:
        """Take the windows of some seconds, as `asd_monitor.models.scorer.Scorer` yields them."""
        for second in seconds:
            if second.per_bin is None or not len(second.per_bin):
                continue
            if self._n_seen % self._stride == 0:
                self._kept.append(second.per_bin.mean(axis=0).astype(np.float32))
            self._n_seen += 1
            if len(self._kept) > MAX_SECONDS:
                self._kept = self._kept[::2]
                self._stride *= 2

    def bands(self) -> NormalBands | None:
        """The middle and the spread of what was gathered; None where nothing was.

        Medians, so that seconds with a fault of the input, which are no evidence, move little.
        """
        if not self._kept:
            return None
        means = np.array(self._kept, dtype=np.float64)
        middle = np.median(means, axis=0)
        spread = _STD_PER_MAD * np.median(np.abs(means - middle), axis=0)
        return NormalBands(mean=tuple(middle.tolist()), std=tuple(spread.tolist()))


class ClipBandGatherer:
    """A fold over normal clips: mean and standard deviation of what each mel band has of a score.

    Of all of them, the highest included: what normal clips reach now and then names no band.
    """

    def __init__(self) -> None:
        self._n = 0
        self._sum = self._sum_of_squares = np.zeros(0)

    def add(self, clips: Iterable[ClipScore]) -> None:
        """Take some clips; those without a score by mel band count for nothing."""
        for clip in clips:
            if clip.per_bin is None:
                continue
            if self._n == 0:
                self._sum = self._sum_of_squares = np.zeros(len(clip.per_bin))
            self._n += 1
            self._sum = self._sum + clip.per_bin
            self._sum_of_squares = self._sum_of_squares + np.square(clip.per_bin)

    def bands(self) -> NormalBands | None:
        """Mean and standard deviation; None where nothing was gathered."""
        if self._n == 0:
            return None
        mean: NDArray[np.float64] = self._sum / self._n
        std = np.sqrt(np.maximum(self._sum_of_squares / self._n - mean**2, 0.0))
        return NormalBands(mean=tuple(mean.tolist()), std=tuple(std.tolist()))
