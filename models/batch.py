"""Windows of several machines that share a detector, scored in one batch."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.cores import n_cores

Windows: TypeAlias = NDArray[np.float32]
Scores: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64] | None]
ScoreWindows: TypeAlias = Callable[[Windows], Scores]


@dataclass(slots=True, eq=False)
class _Asked:
    """A machine's windows, and its thread that waits for their scores.

    Attributes:
        windows: to score.
        scores: theirs, once somebody has scored them.
        leads: what the waiting thread is to score, its own windows first.
        called: there is something to be done, or nothing left to do.
    """

    windows: Windows
    scores: Scores | None = None
    leads: "Sequence[_Asked]" = ()
    called: threading.Event = field(default_factory=threading.Event)


class ScoringBatch:
    """Gathers what several threads want one detector to score.

    As many threads score at a time as there are cores. Who comes while all of those are at it
    leaves its windows and sleeps; the first of them to be free calls the one that has slept
    longest, which scores whatever waits then in one batch, one machine's windows right after
    another's, and wakes the others. So nobody waits for a machine that brings no sound, nobody
    waits while there is a core to spare, and a batch holds one piece of sound of each machine
    at the most.

    Within a batch each machine's windows are scored by themselves. Side by side in one matrix
    product they would get other last bits, by their place in it, than they get alone, and a
    stream would no longer equal its file.

    Args:
        cores: threads that score at a time; None for those that this process may use.
    """

    def __init__(self, *, cores: int | None = None) -> None:
        self._n_idle = cores or n_cores()
        self._waiting: deque[_Asked] = deque()
        self._lock = threading.Lock()

    def score(self, score_windows: ScoreWindows, windows: Windows) -> Scores:
        """Score windows, and those of others that wait; may be called by several threads.

        Args:
            score_windows: the detector's method, the same in every call.
            windows: see `asd_monitor.models.detector.Detector.score_windows`.
        """
        asked = self._queued(windows)
        if asked is None:
            try:
                return score_windows(windows)
            finally:
                self._pass_on()
        asked.called.wait()
        if asked.leads:
            self._lead(asked, score_windows)
        # Where who led has failed, everybody finds out alone whose windows are to blame.
        return score_windows(windows) if asked.scores is None else asked.scores

    def _queued(self, windows: Windows) -> _Asked | None:
        """Queue for a core; None where one was idle, which is taken now."""
        with self._lock:
            if self._n_idle:
                self._n_idle -= 1
                return None
            asked = _Asked(windows)
            self._waiting.append(asked)
            return asked

    def _lead(self, leader: _Asked, score_windows: ScoreWindows) -> None:
        batch, leader.leads = leader.leads, ()
        try:
            for asked in batch:
                asked.scores = score_windows(asked.windows)
        finally:
            self._pass_on()
            for asked in batch:
                asked.called.set()

    def _pass_on(self) -> None:
        """Leave all that wait to who has waited longest; a core is idle where nobody waits."""
        with self._lock:
            if not self._waiting:
                self._n_idle += 1
                return
            batch, self._waiting = self._waiting, deque()
        batch[0].leads = batch
        batch[0].called.set()
