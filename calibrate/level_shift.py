"""A lasting step of the whole level: a microphone that was moved, a gain that was turned.

Such a step is the same in every band and says nothing of the machine; a calibration made before it
no longer fits. A machine that grew louder is louder in some bands more than in others, and then the
sound is left to its score; or it is so much louder in all of them that no gain explains it.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.regimes import Regime, offsets_db
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
        self._regimes = tuple(regimes)
        self._lasting_samples = round(LASTING_S * sample_rate_hz)
        self._sample_rate_hz = sample_rate_hz
        self._recent: deque[tuple[int, NDArray[np.float32]]] = deque()
        self._is_shifted = False

    def push(self, clip: ClipScore) -> float | None:
        """Take the next clip; one that cannot be scored counts for nothing.

        Returns:
            The shift of the last minute in dB, seen from the regime that it is nearest to; None
            where there is none.
        """
        if clip.spectrum_db is None or not self._regimes:
            return None
        samples = round(clip.duration_s * self._sample_rate_hz)
        begin = clip.first_sample + samples - self._lasting_samples
        self._recent.append((clip.first_sample, clip.spectrum_db))
        # A stream that begins anew counts from its own beginning.
        while not begin <= self._recent[0][0] <= clip.first_sample:
            self._recent.popleft()
        lasts = self._recent[0][0] - begin < samples
        return self._shift(np.array([spectrum for _, spectrum in self._recent])) if lasts else None

    def _shift(self, spectra_db: Floats) -> float | None:
        tolerance = HELD_TOLERANCE if self._is_shifted else 1.0
        seen = [_seen_from(regime, spectra_db) for regime in self._regimes]
        lasting = [each.offset_db for each in seen if each.is_step and each.unevenness <= tolerance]
        offset_db = min(lasting, key=abs, default=0.0)
        self._is_shifted = (
            bool(offset_db)
            and not any(each.is_normal for each in seen)
            and offset_db >= QUIETEST_DB
        )
        return offset_db if self._is_shifted else None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A minute, seen from a regime: its offset, and what can be said of it.

    Attributes:
        offset_db: from the regime's middle.
        unevenness: 1 where the bands differ from an even shift as much as is borne.
        is_normal: minutes of normal sound have such an offset.
        is_step: it lasts.
    """

    offset_db: float
    unevenness: float
    is_normal: bool
    is_step: bool


def _seen_from(regime: Regime, spectra_db: Floats) -> _Seen:
    """Compare the clips of a minute, ``(n_clips, n_mels)``, with a regime."""
    middle = np.array(regime.middle_db)
    minute = np.median(spectra_db, axis=0)
    offset = float(offsets_db(minute, middle))
    lowest, highest = regime.lowest_offset_db - MARGIN_DB, regime.highest_offset_db + MARGIN_DB
    rest = (minute - middle - offset) / np.maximum(regime.spread_db, MIN_SPREAD_DB)
    halves = np.array_split(offsets_db(spectra_db, middle), 2)
    return _Seen(
        offset_db=offset,
        unevenness=max(np.sqrt(np.mean(rest**2)) / EVEN_RMS, np.abs(rest).max() / EVEN_BAND),
        is_normal=lowest <= offset <= highest,
        # A burst that fills half of the minute is no step.
        is_step=all(np.median(half) / offset >= STEP_SHARE for half in halves if len(half)),
    )
