"""The latest scores of a machine, to be drawn beside the sound they belong to. Pure."""

from collections import deque

import numpy as np

from asd_monitor.monitor.evidence.take import Curve
from asd_monitor.monitor.outcome import Outcome


class ScoreTrack:
    """Remembers when which score was given, for as long as the sound is remembered.

    Args:
        sample_rate_hz: of the positions of windows and clips.
    """

    def __init__(self, *, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._windows: deque[tuple[float, float]] = deque()
        self._clips: deque[tuple[float, float]] = deque()

    def push(self, outcome: Outcome, *, forget_before_s: float) -> None:
        """Take what was judged; forget what lies before a moment of the source."""
        for part in outcome.windows:
            middle = part.first_sample + part.window_samples / 2
            for index, score in enumerate(part.score[0]):
                at_s = (middle + index * part.hop_samples) / self._rate_hz
                self._windows.append((at_s, float(score)))
        for judged in outcome.clips:
            clip = judged.clip
            if np.isfinite(clip.score):
                self._clips.append(
                    (clip.first_sample / self._rate_hz + clip.duration_s, clip.score)
                )
        for track in (self._windows, self._clips):
            while track and track[0][0] < forget_before_s:
                track.popleft()

    def windows(self, begin_s: float, end_s: float) -> Curve:
        """Scores of the windows between two moments of the source, from the first of them on."""
        return _between(self._windows, begin_s, end_s)

    def clips(self, begin_s: float, end_s: float) -> Curve:
        """Scores of the clips that end between two moments, from the first of them on."""
        return _between(self._clips, begin_s, end_s)


def _between(track: deque[tuple[float, float]], begin_s: float, end_s: float) -> Curve:
    found = np.array([point for point in track if begin_s <= point[0] <= end_s]).reshape(-1, 2)
    return Curve(at_s=found[:, 0] - begin_s, score=found[:, 1])
