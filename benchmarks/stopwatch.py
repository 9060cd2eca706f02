"""Where the time of a piece of work goes, by the functions that do it."""

import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Stopwatch:
    """Processor time of parts that call one another, each without those that it calls.

    Attributes:
        rounds: seconds of each part in each call that came from outside, with all it called.
    """

    def __init__(self) -> None:
        self.rounds: list[defaultdict[str, float]] = []
        self._running: list[str] = []
        self._since_s = 0.0

    def timed(self, part: str, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """The function, whose time is that part's."""

        @wraps(function)
        def call(*arguments: _P.args, **named: _P.kwargs) -> _R:
            if not self._running:
                self.rounds.append(defaultdict(float))
            self._credit()
            self._running.append(part)
            try:
                return function(*arguments, **named)
            finally:
                self._credit()
                self._running.pop()

        return call

    def _credit(self) -> None:
        now_s = time.thread_time()
        if self._running:
            self.rounds[-1][self._running[-1]] += now_s - self._since_s
        self._since_s = now_s
