"""What is kept of one event, on its way from the thread that listens to the one that writes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle
from asd_monitor.monitor.events import Event


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Curve:
    """Scores over time.

    Attributes:
        at_s: seconds from the beginning of the clip, ``(n,)``, ascending.
        score: ``(n,)``.
    """

    at_s: NDArray[np.float64]
    score: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Take:
    """An event with its sound and its scores.

    Attributes:
        event: as far as it is known; open, or ended.
        sound: the clip, one recording session without a gap, at the rate of the source.
        onset_s: where in the clip the event begins, in seconds; negative where it began before.
        ended_s: where in the clip it ends; None where it is open, or ends after the clip.
        windows: scores of the context windows at their middles; empty where none were judged.
        clips: scores of the judged clips at their ends.
        bundle: that judged.
        calibration: that it was judged by.
    """

    event: Event
    sound: AudioBlock
    onset_s: float
    ended_s: float | None
    windows: Curve
    clips: Curve
    bundle: Bundle
    calibration: Calibration

    @property
    def duration_s(self) -> float:
        """Length of the clip."""
        return len(self.sound.samples) / self.sound.sample_rate_hz
