"""Saying the same thing again and again, but not too often."""

import logging
import time
from collections.abc import Callable


class LogLimit:
    """Remembers when a sentence was last said, for as long as that matters.

    Args:
        every_s: seconds in which the same sentence is said once.
        monotonic_s: the clock.
    """

    def __init__(
        self, *, every_s: float, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._every_s = every_s
        self._monotonic_s = monotonic_s
        self._said_at_s: dict[str, float] = {}

    def is_due(self, sentence: str) -> bool:
        """Whether to say it now; the answer yes counts as having said it."""
        now_s = self._monotonic_s()
        self._forget_before(now_s - self._every_s)
        if sentence in self._said_at_s:
            return False
        self._said_at_s[sentence] = now_s
        return True

    def _forget_before(self, limit_s: float) -> None:
        # In the order of saying, so that the oldest come first.
        while self._said_at_s:
            oldest = next(iter(self._said_at_s))
            if self._said_at_s[oldest] > limit_s:
                break
            del self._said_at_s[oldest]


class RepetitionFilter(logging.Filter):
    """Lets the same line of the same logger pass once in a while."""

    def __init__(self, limit: LogLimit) -> None:
        super().__init__()
        self._limit = limit

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the record; a handler asks under its lock."""
        return self._limit.is_due(f"{record.levelno} {record.name} {record.getMessage()}")
