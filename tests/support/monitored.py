"""A store that has listened to a machine for a while, made of numbers."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.monitor.store.store import Store
from tests.support.clip_scores import clip


def listen(
    store: Store,
    scores: NDArray[np.float64],
    *,
    since: datetime,
    calibration: str | None,
    machine: str = "pump",
    hop_s: float = 1.0,
    reason: str | None = None,
) -> datetime:
    """Write a clip score for every hop; returns the end of the last clip."""
    severity = Severity.UNKNOWN if reason else Severity.NORMAL
    at = since
    for index, score in enumerate(scores):
        at = since + timedelta(seconds=10 + index * hop_s)
        verdict = Verdict(severity, reason, float(score), threshold=2.0, p_value=0.5)
        store.scores.add(
            machine, at=at, clip=clip(float(score)), verdict=verdict, calibration=calibration
        )
    return at
