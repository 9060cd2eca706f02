"""A lasting shift of the scores, too small for the threshold: the cumulative sum (CUSUM).

Each clip adds what its standardised score has above a reference, and the sum never falls below
zero; while all is normal it keeps returning there, after a shift it climbs (E. S. Page,
"Continuous inspection schemes", Biometrika 41, 1954). Clips that overlap would count the same
sound ten times, so only every clip that begins where the last one counted ended is taken.
"""

from dataclasses import dataclass, replace
from typing import overload

import numpy as np
from numpy.typing import NDArray

# So long without a clip that counts, and what was summed up before says nothing about now.
FORGET_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings:
    """The numbers of the change detector.

    Attributes:
        mean: of normal clip scores.
        std: of normal clip scores.
        reference: standard deviations that a score may lie above the mean for nothing.
        limit: standard deviations above the mean that a clip counts for at the most: one loud
            clip is the threshold's business.
        alarm_level: the sum above which the scores have shifted, standard deviations.
        share: of the budget of alarms that the detector spends.
    """

    mean: float
    std: float
    reference: float
    limit: float
    alarm_level: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeState:
    """What the detector has heard.

    Attributes:
        total: the sum, standard deviations, from 0 to the alarm level.
        is_shifted: the sum has exceeded the alarm level and not returned to zero since.
        began_sample: first sample of the clip with which the sum last left zero.
        highest_sample: end of the latest clip at which the sum was at the alarm level.
        next_sample: end of the last clip that counted.
    """

    total: float = 0.0
    is_shifted: bool = False
    began_sample: int = 0
    highest_sample: int = 0
    next_sample: int = 0


def follow(
    state: ChangeState,
    settings: ChangeSettings,
    *,
    score: float,
    first_sample: int,
    end_sample: int,
    sample_rate_hz: int,
) -> ChangeState:
    """Take the next clip.

    One that overlaps with the last that counted changes nothing. After an hour without one the
    sum starts again, but not within a shift, which only sound can end. The sum is held at the
    alarm level, so that the end of a shift shows after ``alarm_level / reference`` clips of normal
    sound, however long it lasted; it alarms again only after it has been back at zero.

    Args:
        state: before the clip.
        settings: the numbers of the detector.
        score: of the clip.
        first_sample: of the clip.
        end_sample: the sample after its last.
        sample_rate_hz: rate of the samples.
    """
    if state.next_sample - (end_sample - first_sample) < first_sample < state.next_sample:
        return state
    if first_sample - state.next_sample > FORGET_S * sample_rate_hz and not state.is_shifted:
        state = ChangeState()
    z = (score - settings.mean) / settings.std
    total = add(state.total, z, reference=settings.reference, limit=settings.limit)
    is_high = total > settings.alarm_level
    return replace(
        state,
        total=min(total, settings.alarm_level),
        is_shifted=is_high or (state.is_shifted and total > 0),
        began_sample=state.began_sample if state.total > 0 else first_sample,
        highest_sample=end_sample if is_high else state.highest_sample,
        next_sample=end_sample,
    )


@overload
def add(total: float, z: float, *, reference: float, limit: float) -> float: ...
@overload
def add(
    total: NDArray[np.float64], z: NDArray[np.float64], *, reference: float, limit: float
) -> NDArray[np.float64]: ...
def add(
    total: float | NDArray[np.float64],
    z: float | NDArray[np.float64],
    *,
    reference: float,
    limit: float,
) -> float | NDArray[np.float64]:
    """The sum after a clip: ``max(0, total + min(z, limit) - reference)``, elementwise."""
    after = np.maximum(0.0, total + np.minimum(z, limit) - reference)
    return after if isinstance(total, np.ndarray) else float(after)
