"""The levels of normal clips, gathered while they are scored."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.regimes import Regime, find_regimes
from asd_monitor.models.scores import ClipScore

MAX_MINUTES = 2048
"""Minutes remembered at most; of more, every second one, every fourth, and so on, are kept."""

MINUTE_S = 60.0

_Clip = tuple[NDArray[np.float32], float]


class LevelGatherer:
    """A fold over clips: spectrum and level of those that are usable and do not overlap."""

    def __init__(self, *, sample_rate_hz: int) -> None:
        """Start with nothing.

        Args:
            sample_rate_hz: rate of the clips' ``first_sample``.
        """
        self._sample_rate_hz = sample_rate_hz
        self._first_of_last = self._end_of_last = 0
        self._kept: list[list[_Clip]] = []
        self._minute: list[_Clip] = []
        self._minute_s = 0.0
        self._stride = 1
        self._n_minutes = 0

    def add(self, clips: Iterable[ClipScore]) -> None:
        """Take clips in order; a session may follow another."""
        for clip in clips:
            # A session that follows begins where the one before did or anywhere else.
            overlaps = self._first_of_last < clip.first_sample < self._end_of_last
            if clip.spectrum_db is None or clip.quality or overlaps:
                continue
            self._first_of_last = clip.first_sample
            samples = round(clip.duration_s * self._sample_rate_hz)
            self._end_of_last = clip.first_sample + samples
            self._minute.append((clip.spectrum_db, clip.level_dbfs))
            self._minute_s += clip.duration_s
            if self._minute_s >= MINUTE_S:
                self._keep_minute()

    def regimes(self) -> tuple[Regime, ...]:
        """The regimes of what was gathered; none where nothing was."""
        minutes = [*self._kept, *([self._minute] if self._minute else [])]
        if not minutes:
            return ()
        clips = [clip for minute in minutes for clip in minute]
        spectra = np.array([spectrum for spectrum, _ in clips], dtype=np.float64)
        levels = np.array([level for _, level in clips])
        return find_regimes(spectra, levels, clips_per_minute=max(map(len, minutes)))

    def _keep_minute(self) -> None:
        if self._n_minutes % self._stride == 0:
            self._kept.append(self._minute)
        self._minute, self._minute_s = [], 0.0
        self._n_minutes += 1
        if len(self._kept) > MAX_MINUTES:
            self._kept = self._kept[::2]
            self._stride *= 2
