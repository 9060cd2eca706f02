"""One piece of work of a thread at a time, so that others see whether the thread hangs in it."""

import math


class Stint:
    """Begun and ended by the thread that works; every thread may ask.

    Args:
        longest_s: longer than any such work takes that ends by itself, on a slow computer too.
    """

    def __init__(self, *, longest_s: float) -> None:
        self._longest_s = longest_s
        self._begun_s = math.inf

    def begin(self, *, now_s: float) -> None:
        """Another piece of work begins, and the one before, if any, is done.

        Args:
            now_s: monotonic time.
        """
        self._begun_s = now_s

    def end(self) -> None:
        """Nothing is worked on: the thread may wait for as long as it likes."""
        self._begun_s = math.inf

    def is_overdue(self, *, now_s: float) -> bool:
        """Whether one piece of work has taken longer than any does that ends by itself."""
        return now_s - self._begun_s > self._longest_s
