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

from asd_monitor.calibrate.regimes import Regime, group_means
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

EVEN_SHARE = 0.5
"""Of the shift that every group of bands may differ from it: beyond, the group is nearer to where
it was."""

EVEN_SPREADS = 3.0
"""And no further than so many deviations of single clips, where the group hardly varies."""

EVEN_DB = 1.5
"""But so far in any case; the median of a minute is no more exact than that."""

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
        self._regimes = regimes
        self._middles_db = np.array([regime.middle_db for regime in regimes])
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
        if clip.spectrum_db is None or not self._regimes:
            return None
        samples = round(clip.duration_s * self._sample_rate_hz)
        begin = clip.first_sample + samples - self._lasting_samples
        self._recent.append(_heard(clip.first_sample, clip.spectrum_db - self._middles_db))
        # A stream that begins anew counts from its own beginning.
        while not begin <= self._recent[0].first_sample <= clip.first_sample:
            self._recent.popleft()
        lasts = self._recent[0].first_sample - begin < samples
        shift_db = self._shift_db() if lasts else None
        self._is_shifted = shift_db is not None
        return shift_db

    def _shift_db(self) -> float | None:
        nearest = [heard.nearest for heard in self._recent]
        offsets_db = np.array([heard.offset_db for heard in self._recent])
        usual_db = float(quantile(offsets_db, 0.5))
        # The usual case, and all that is done in it.
        if _is_usual(usual_db, self._regimes[_commonest(nearest)]):
            return None
        over_db = np.array([heard.over_db for heard in self._recent])
        guesses_db = np.median([heard.offsets_db for heard in self._recent], axis=0)
        shifts = [self._even_step_db(over_db, guess_db) for guess_db in guesses_db]
        return min((shift for shift in shifts if shift is not None), key=abs, default=None)

    def _even_step_db(self, over_db: Floats, guess_db: float) -> float | None:
        """The shift of a minute near a guess; None where it is usual, uneven, or no step.

        A machine may change its regime within the minute, so each clip is compared with the regime
        that it is nearest to once the guess is taken off.

        Args:
            over_db: how far the clips lie above the middles, ``(n_clips, n_regimes, n_mels)``.
            guess_db: for which clip belongs to which regime.
        """
        nearest = np.abs(over_db - guess_db).sum(axis=2).argmin(axis=1)
        seen_db = over_db[np.arange(len(over_db)), nearest]
        minute_db = np.median(seen_db, axis=0)
        shift_db = float(np.median(minute_db))
        regime = self._regimes[_commonest(nearest)]
        tolerance = HELD_TOLERANCE if self._is_shifted else 1.0
        is_one = (
            not _is_usual(shift_db, regime)
            and shift_db >= QUIETEST_DB
            and _unevenness(minute_db - shift_db, regime, shift_db=shift_db) <= tolerance
            and _is_step(np.median(seen_db, axis=1), shift_db)
        )
        return shift_db if is_one else None


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """A clip: where it begins and how far it lies above the middle of each regime.

    Attributes:
        first_sample: of the clip.
        over_db: ``(n_regimes, n_mels)``.
        offsets_db: the median of that over the bands, ``(n_regimes,)``.
        nearest: the regime that it is nearest to.
        offset_db: from that one's middle.
    """

    first_sample: int
    over_db: Floats
    offsets_db: Floats
    nearest: int
    offset_db: float


def _heard(first_sample: int, over_db: Floats) -> _Heard:
    nearest = int(np.abs(over_db).sum(axis=1).argmin())
    offsets_db = quantile(over_db, 0.5)
    return _Heard(first_sample, over_db, offsets_db, nearest, float(offsets_db[nearest]))


def _commonest(regimes: Sequence[int] | NDArray[np.intp]) -> int:
    return int(np.bincount(regimes).argmax())


def _is_usual(offset_db: float, regime: Regime) -> bool:
    """Whether minutes of normal sound have such an offset."""
    low_db, high_db = regime.lowest_offset_db - MARGIN_DB, regime.highest_offset_db + MARGIN_DB
    return low_db <= offset_db <= high_db


def _unevenness(rest_db: Floats, regime: Regime, *, shift_db: float) -> float:
    """How far the groups of bands differ from an even shift; 1 is as much as is borne.

    Args:
        rest_db: what a minute lies above the regime's middle and the shift, ``(n_mels,)``.
        regime: knows how much each group varies.
        shift_db: the shift.
    """
    varies_db = np.maximum(EVEN_SPREADS * np.array(regime.group_spread_db), EVEN_DB)
    borne_db = np.minimum(varies_db, EVEN_SHARE * abs(shift_db))
    return float((np.abs(group_means(rest_db)) / borne_db).max())


def _is_step(offsets_db: Floats, shift_db: float) -> bool:
    """Whether both halves of a minute show a shift: a burst that fills one is no step."""
    return all(
        np.median(half) * np.sign(shift_db) >= STEP_SHARE * abs(shift_db)
        for half in np.array_split(offsets_db, 2)
        if len(half)
    )
