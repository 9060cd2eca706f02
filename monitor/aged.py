"""How a calibration has aged: the scores since, and the alarms, beside what it promised."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.certificate import rate_interval_per_s
from asd_monitor.calibrate.drift import Drift, find_drift
from asd_monitor.calibrate.durations import SECONDS
from asd_monitor.models.scores import ClipScore


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRate:
    """The alarms that nobody has called true, against the budget.

    Attributes:
        alarms: how many.
        judged_s: in how many seconds of sound that could be judged.
        low_per_week: lower end of the exact Poisson interval at 95 %; None without sound.
        high_per_week: its upper end.
        budget_per_week: what the calibration promised.
    """

    alarms: int
    judged_s: float
    low_per_week: float | None
    high_per_week: float | None
    budget_per_week: float


def alarm_rate(calibration: Calibration, *, alarms: int, judged_s: float) -> AlarmRate:
    """Set the alarms of some time beside the budget.

    Args:
        calibration: that was in force.
        alarms: how many opened.
        judged_s: seconds of sound that could be judged.
    """
    low = high = None
    if judged_s > 0:
        interval = rate_interval_per_s(alarms=alarms, observed_s=judged_s)
        low, high = (rate * SECONDS["week"] for rate in interval)
    return AlarmRate(
        alarms=alarms,
        judged_s=judged_s,
        low_per_week=low,
        high_per_week=high,
        budget_per_week=parse_budget(calibration.budget).rate_per_s * SECONDS["week"],
    )


def drift_of(sessions: Sequence[Sequence[ClipScore]], calibration: Calibration) -> Drift | None:
    """Compare monitored sessions, whose clips overlap, with the calibration."""
    step = max(1, round(calibration.clip_s / calibration.hop_s))
    stretches = [np.array([clip.score for clip in session[::step]]) for session in sessions]
    return find_drift(stretches, calibration)
