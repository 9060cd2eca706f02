"""The trend of a machine's score over the last hours, from what the store remembers of it."""

import math
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.trend import Trend, trend_of
from asd_monitor.models.timestamps import parse_utc
from asd_monitor.monitor.store.store import Store

LOOKS_BACK: Final = timedelta(hours=6)
STEP: Final = timedelta(minutes=10)


class TrendWatch:
    """Looks at the stored clip scores of a machine every ten minutes.

    Scores from before the calibration was made are another unit, and left out.

    Args:
        store: remembers the scores.
        machine: the machine's id.
        calibration: that the scores are judged against.
    """

    def __init__(self, store: Store, machine: str, calibration: Calibration) -> None:
        self._store = store
        self._machine = machine
        self._spread = calibration.normal.std
        self._calibrated_at = parse_utc(calibration.created_at)
        self._looked_s = -math.inf
        self._trend: Trend | None = None

    def trend(self, at: datetime, *, now_s: float) -> Trend | None:
        """The trend up to a clip's time.

        Args:
            at: end of the newest clip, UTC.
            now_s: monotonic time.
        """
        if now_s - self._looked_s >= STEP.total_seconds():
            self._looked_s = now_s
            since = max(at - LOOKS_BACK, self._calibrated_at)
            means = self._store.scores.means(self._machine, since=since, until=at, step=STEP)
            self._trend = trend_of(np.array(means), spread=self._spread)
        return self._trend
