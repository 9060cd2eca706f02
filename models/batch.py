"""Windows of several machines that share a detector, scored in one batch."""

import threading
from collections import deque
from collections.abc import Callable
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
        leads: the waiting thread is to score all that wait.
        called: there is something to be done, or nothing left to do.
    """

    windows: Windows
    scores: Scores | None = None
    leads: bool = False
    called: threading.Event = field(default_factory=threading.Event)


class ScoringBatch:
    """Gathers what several threads want one detector to score.

    As many threads score at a time as there are cores. Who comes while all of those are at it
    leaves its windows and sleeps; the first of them to be free calls the one that has slept
    longest, which scores whatever waits by then in one batch, one machine's windows right after
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
        asked = _Asked(windows)
        if self._must_wait(asked):
            asked.called.wait()
        if asked.leads:
            self._lead(score_windows)
        # Where who led has failed, everybody finds out alone whose windows are to blame.
        return score_windows(windows) if asked.scores is None else asked.scores

    def _must_wait(self, asked: _Asked) -> bool:
        with self._lock:
            self._waiting.append(asked)
            asked.leads = self._n_idle > 0
            self._n_idle -= asked.leads
        return not asked.leads

    def _lead(self, score_windows: ScoreWindows) -> None:
        with self._lock:
            batch, self._waiting = self._waiting, deque()
        try:
            for asked in batch:
                asked.scores = score_windows(asked.windows)
        finally:
            self._pass_on()
            for asked in batch:
                asked.called.set()

    def _pass_on(self) -> None:
        """Let who has waited longest lead; a core is idle where nobody waits."""
        with self._lock:
            if not self._waiting:
                self._n_idle += 1
                return
            longest = self._waiting[0]
            longest.leads = True
        longest.called.set()
