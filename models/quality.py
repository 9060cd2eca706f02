"""Faults of the input itself: sound that cannot be judged, whatever a detector says of it.

Every number is measured over whole seconds of a session (slots) at the source's own rate, before
any resampling, and merged over the slots of a clip. So a stream and a file give the same flags.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.chunks import Chunks
from asd_monitor.models.scores import Quality

LEVEL_FLOOR_DBFS = -200.0
"""The level of digital silence, so that a level is always a finite number."""

SILENCE_DBFS = -90.0
"""About one step of a 16-bit converter: below it there is no microphone on the line."""

SILENCE_STEP = 2.0**-15
"""One step of a 16-bit converter: sound that fades out rests there as well as at zero."""

SILENCE_RUN_S = 0.5
"""A microphone never holds one such value for so long; a stopped or muted one does."""

STUCK_RUN_S = 0.1
"""Longer than half a period of the lowest audible tone: no sound holds one value so long."""

DC_OFFSET_MIN = 0.01
"""-40 dBFS; offsets below it are common in sound cards and do no harm."""

FULL_SCALE = 0.98
"""Below the largest value of every encoding, A-law's 0.984 and 8 bit's 0.992 included."""

OVERLOAD_RUN = 3
"""Samples of one value at full scale that make a clipped peak; a peak that just reaches it has
one or two."""

SECOND_OFFSET_RATIO = 4.0
"""Mean to rms of one second that is offset by itself; a slow rumble has less."""

OVERLOAD_SHARE = 0.001
"""Of a clip's samples: a single knock that clips for a few milliseconds stays below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotQuality:
    """What the flags need to know about a stretch of sound.

    Attributes:
        n_samples: samples in the stretch.
        n_finite: those that are numbers.
        total: sum of the finite samples.
        total_squares: sum of their squares.
        n_clipped: samples in runs of at least `OVERLOAD_RUN` equal ones at full scale.
        stuck_s: longest run of one value beyond `SILENCE_STEP` within a slot, seconds; may be 0
            where all runs are shorter than `STUCK_RUN_S`.
        silent_s: the same of values up to `SILENCE_STEP`.
        is_offset: the mean of a whole second in it lies far outside of that second's sound.
        mean: of the finite samples, full scale is 1.0; 0 where there are none.
        rms: root mean square about the mean: an offset is no sound.
    """

    n_samples: int
    n_finite: int
    total: float
    total_squares: float
    n_clipped: int
    stuck_s: float
    silent_s: float
    is_offset: bool = False
    mean: float = field(init=False)
    rms: float = field(init=False)

    def __post_init__(self) -> None:
        mean = mean_square = 0.0
        if self.n_finite:
            mean, mean_square = self.total / self.n_finite, self.total_squares / self.n_finite
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "rms", math.sqrt(max(0.0, mean_square - mean**2)))

    @property
    def level_dbfs(self) -> float:
        """`rms` in dB relative to full scale (1.0), never below `LEVEL_FLOOR_DBFS`."""
        level = 20 * math.log10(self.rms) if self.rms > 0 else LEVEL_FLOOR_DBFS
        return max(LEVEL_FLOOR_DBFS, level)


_FIELDS = attrgetter(*(each.name for each in fields(SlotQuality) if each.init))


class QualityMeter:
    """Measures a session second by second: a fold over its samples."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._seconds = Chunks(sample_rate_hz)

    def push(self, samples: NDArray[np.float32]) -> list[SlotQuality]:
        """Take samples ``(n,)``, finite or not; return the slots that are complete now."""
        return [self._measure(second) for second in self._seconds.push(samples)]

    def finish(self) -> list[SlotQuality]:
        """Return the last slot, shorter than a second, where there is one."""
        rest = self._seconds.finish()
        return [self._measure(rest)] if len(rest) else []

    def _measure(self, samples: NDArray[np.float32]) -> SlotQuality:
        return measure(samples, sample_rate_hz=self._sample_rate_hz)


def measure(samples: NDArray[np.float32], *, sample_rate_hz: int) -> SlotQuality:
    """Measure one slot, float32 ``(n,)`` with ``n`` at least 1."""
    finite = samples.astype(np.float64)
    total_squares = float(finite @ finite)
    if not math.isfinite(total_squares):  # else all of them are finite, without a look at each
        finite = finite[np.isfinite(finite)]
        total_squares = float(finite @ finite)
    n_clipped, n_stuck, n_silent = _held(samples, lasting=round(STUCK_RUN_S * sample_rate_hz))
    slot = SlotQuality(
        n_samples=len(samples),
        n_finite=len(finite),
        total=float(finite.sum()),
        total_squares=total_squares,
        n_clipped=n_clipped,
        stuck_s=n_stuck / sample_rate_hz,
        silent_s=n_silent / sample_rate_hz,
    )
    limit = max(DC_OFFSET_MIN, SECOND_OFFSET_RATIO * slot.rms)
    return replace(slot, is_offset=len(samples) >= sample_rate_hz and abs(slot.mean) > limit)


def merge(slots: Iterable[SlotQuality]) -> SlotQuality:
    """Describe consecutive slots, at least one, as one stretch."""
    n_samples, n_finite, total, total_squares, n_clipped, stuck_s, silent_s, is_offset = zip(
        *map(_FIELDS, slots), strict=True
    )
    return SlotQuality(
        n_samples=sum(n_samples),
        n_finite=sum(n_finite),
        total=math.fsum(total),
        total_squares=math.fsum(total_squares),
        n_clipped=sum(n_clipped),
        stuck_s=max(stuck_s),
        silent_s=max(silent_s),
        is_offset=any(is_offset),
    )


def flags(quality: SlotQuality) -> frozenset[Quality]:
    """Name the faults of a stretch.

    - ``NOT_FINITE``: any sample is NaN or infinite.
    - ``STUCK``: one value beyond `SILENCE_STEP` for `STUCK_RUN_S`. It is then the whole story:
      the silence and the offset that come with it are not named as well.
    - ``SILENCE``: the level is below `SILENCE_DBFS`, or one value up to `SILENCE_STEP`, zero as
      a rule, lasts for `SILENCE_RUN_S`.
    - ``DC_OFFSET``: the mean is beyond `DC_OFFSET_MIN` and larger than the sound's `rms`, over all
      of it or, by `SECOND_OFFSET_RATIO`, over any second: the step it begins with is no knock.
    - ``OVERLOAD``: more than `OVERLOAD_SHARE` of the samples are clipped.

    Runs are measured within whole seconds, so one of twice the stated length is always seen, and
    one of the stated length where no second ends within it.
    """
    stuck = quality.stuck_s >= STUCK_RUN_S
    faults = {
        Quality.NOT_FINITE: quality.n_finite < quality.n_samples,
        Quality.STUCK: stuck,
        Quality.SILENCE: not stuck and _is_silent(quality),
        Quality.DC_OFFSET: not stuck and _is_offset(quality),
        Quality.OVERLOAD: quality.n_clipped > OVERLOAD_SHARE * quality.n_samples,
    }
    return frozenset(fault for fault, present in faults.items() if present)


def _is_offset(quality: SlotQuality) -> bool:
    return quality.is_offset or abs(quality.mean) > max(DC_OFFSET_MIN, quality.rms)


def _is_silent(quality: SlotQuality) -> bool:
    if not quality.n_finite:
        return False
    return quality.level_dbfs < SILENCE_DBFS or quality.silent_s >= SILENCE_RUN_S


def _held(samples: NDArray[np.float32], *, lasting: int) -> tuple[int, int, int]:
    """Samples of clipped peaks, and of the longest runs of one value beyond and up to silence.

    Most samples of sound are unlike their neighbours, so that nothing can be held for long. NaN
    differs from itself.

    Args:
        samples: of a slot.
        lasting: no run that is shorter is of interest, unless it is at full scale.
    """
    alike = np.flatnonzero(samples[1:] == samples[:-1])
    if len(alike) < lasting - 1 and not (np.abs(samples[alike]) >= FULL_SCALE).any():
        return 0, 0, 0
    values, lengths = _runs(samples, alike)
    clipped = (np.abs(values) >= FULL_SCALE) & (lengths >= OVERLOAD_RUN)
    silent = np.abs(values) <= SILENCE_STEP
    n_stuck, n_silent = (lengths[of].max(initial=0) for of in (~silent, silent))
    return int(lengths[clipped].sum()), int(n_stuck), int(n_silent)


def _runs(
    samples: NDArray[np.float32], alike: NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Values and lengths of the runs of at least two equal finite samples, both ``(n_runs,)``.

    Args:
        samples: of a slot.
        alike: which of them are equal to the next; infinite ones are left out.
    """
    begins = np.flatnonzero(alike[1:] != alike[:-1] + 1) + 1
    bounds = np.concatenate([[0], begins, [len(alike)]]) if len(alike) else np.zeros(1, np.intp)
    lengths = bounds[1:] - bounds[:-1] + 1
    values = samples[alike[bounds[:-1]]]
    finite = np.isfinite(values)
    return values[finite], lengths[finite]
