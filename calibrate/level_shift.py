"""A lasting step of the whole level: a microphone that was moved, a gain that was turned.

Such a step is the same in every band and says nothing of the machine; a calibration made before it
no longer fits. A machine that grew louder is louder in some bands more than in others, and then the
sound is left to its score; or it is so much louder in all of them that no gain explains it.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.regimes import Regime, offsets_db
from asd_monitor.models.quantile import quantile
from asd_monitor.models.scores import ClipScore

LASTING_S = 60.0

MARGIN_DB = 2.0
"""Beyond the offsets of normal minutes: what a detector trained with random gain bears easily."""

LOUDEST_DB = 12.0
"""A microphone at a quarter of its distance, or four steps of 3 dB of a sound card. A machine of
sixteen times the power is a fault, however even, and alarms whatever its score."""

QUIETEST_DB = -20.0
"""A tenth of the amplitude. What is quieter is no shift of a level but hardly any sound."""

MIN_SPREAD_DB = 1.0
"""Of a band: one that hardly ever varies would make every sound uneven."""

EVEN_RMS = 0.9
"""Over the bands, the median of a minute differs from an even shift by less than single clips of
normal sound do. On `fan`, 95 of 100 minutes of normal sound reach 0.87 at the most, and those with
6 dB more in three quarters of the bands 1.0 at the least."""

EVEN_BAND = 3.0
"""And in no single band by more than that many standard deviations of single clips."""

HELD_TOLERANCE = 1.2
"""A shift that is recognised bears more unevenness before it is doubted: passing noise."""

STEP_SHARE = 0.5
"""Of the offset that either half of the minute shows at least."""

Floats = NDArray[np.float64]


class LevelWatch:
    """A fold over the clips of a stream: by how much has its level shifted for good?"""

    def __init__(self, regimes: Sequence[Regime], *, sample_rate_hz: int) -> None:
        """Start with nothing heard.

        Args:
            regimes: of the machine; where there are none, no shift is ever seen.
            sample_rate_hz: rate of the clips' ``first_sample``.
        """
        self._known = [_Known(regime) for regime in regimes]
        self._lasting_samples = round(LASTING_S * sample_rate_hz)
        self._sample_rate_hz = sample_rate_hz
        self._recent: deque[_Heard] = deque()
        self._is_shifted = False

    def push(self, clip: ClipScore) -> ClipScore:
        """Take the next clip; one that cannot be scored counts for nothing.

        Returns:
            The clip with the shift of the last minute noted in it, seen from the regime that it is
            nearest to; as it was where there is none.
        """
        shift_db = self._heard(clip)
        return clip if shift_db is None else replace(clip, level_shift_db=shift_db)

    def reset(self) -> None:
        """Begin anew, for what follows is another stream."""
        self._recent.clear()
        self._is_shifted = False

    def _heard(self, clip: ClipScore) -> float | None:
        if clip.spectrum_db is None or not self._known:
            return None
        samples = round(clip.duration_s * self._sample_rate_hz)
        begin = clip.first_sample + samples - self._lasting_samples
        offsets = [known.offset_db(clip.spectrum_db) for known in self._known]
        self._recent.append(_Heard(clip.first_sample, clip.spectrum_db, offsets))
        # A stream that begins anew counts from its own beginning.
        while not begin <= self._recent[0].first_sample <= clip.first_sample:
            self._recent.popleft()
        lasts = self._recent[0].first_sample - begin < samples
        shift_db = self._shift_db() if lasts else None
        self._is_shifted = shift_db is not None
        return shift_db

    def _shift_db(self) -> float | None:
        offsets = np.array([heard.offsets_db for heard in self._recent])
        # The usual case, and all that is done in it.
        if any(map(_Known.is_usual, self._known, quantile(offsets.T, 0.5))):
            return None
        minute = np.median([heard.spectrum_db for heard in self._recent], axis=0)
        tolerance = HELD_TOLERANCE if self._is_shifted else 1.0
        shifts = [
            known.offset_db(minute)
            for known, over_time in zip(self._known, offsets.T, strict=True)
            if known.unevenness(minute) <= tolerance
            and _is_step(over_time, known.offset_db(minute))
        ]
        shift_db = min(shifts, key=abs, default=None)
        return shift_db if shift_db is not None and shift_db >= QUIETEST_DB else None


@dataclass(frozen=True, slots=True)
class _Heard:
    """A clip: where it begins, its spectrum, and its offset from the middle of each regime."""

    first_sample: int
    spectrum_db: NDArray[np.float32]
    offsets_db: list[float]


class _Known:
    """A regime, to compare spectra with."""

    def __init__(self, regime: Regime) -> None:
        self._middle = np.array(regime.middle_db)
        self._spread = np.maximum(regime.spread_db, MIN_SPREAD_DB)
        self._lowest = regime.lowest_offset_db - MARGIN_DB
        self._highest = regime.highest_offset_db + MARGIN_DB

    def offset_db(self, spectrum_db: Floats | NDArray[np.float32]) -> float:
        return float(offsets_db(spectrum_db, self._middle))

    def is_usual(self, offset_db: float) -> bool:
        """Whether minutes of normal sound have such an offset."""
        return self._lowest <= offset_db <= self._highest

    def unevenness(self, minute_db: Floats) -> float:
        """How far the bands differ from an even shift; 1 is as much as is borne."""
        rest = (minute_db - self._middle - self.offset_db(minute_db)) / self._spread
        return float(max(np.sqrt(np.mean(rest**2)) / EVEN_RMS, np.abs(rest).max() / EVEN_BAND))


def _is_step(offsets_db: Floats, shift_db: float) -> bool:
    """Whether both halves of a minute show a shift: a burst that fills one is no step."""
    return all(
        np.median(half) * np.sign(shift_db) >= STEP_SHARE * abs(shift_db)
        for half in np.array_split(offsets_db, 2)
        if len(half)
    )
