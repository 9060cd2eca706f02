"""Whether the judging keeps up with the sound. Pure."""

BEHIND_S = 5.0
CAUGHT_UP_S = 1.0
DROP_REMEMBERED_S = 60.0


class Pressure:
    """Watches how much sound waits, and whether some was given up.

    It begins at `BEHIND_S` seconds of waiting sound, or with sound that was dropped, and ends at
    `CAUGHT_UP_S` seconds once nothing has been dropped for `DROP_REMEMBERED_S` seconds: dropping
    empties the queue, and so the queue alone would say that all is well.

    Attributes:
        is_behind: what is judged was heard too long ago to speak of now.
    """

    def __init__(self) -> None:
        self._dropped_samples = 0
        self._dropped_s = float("-inf")
        self.is_behind = False

    def update(self, *, behind_s: float, dropped_samples: int, now_s: float) -> bool:
        """Look at the queue.

        Args:
            behind_s: seconds of sound that wait.
            dropped_samples: samples dropped since the beginning.
            now_s: monotonic time.

        Returns:
            Whether falling behind has just begun.
        """
        if dropped_samples > self._dropped_samples:
            self._dropped_samples, self._dropped_s = dropped_samples, now_s
        has_dropped = now_s - self._dropped_s < DROP_REMEMBERED_S
        limit_s = CAUGHT_UP_S if self.is_behind else BEHIND_S
        was_behind, self.is_behind = self.is_behind, has_dropped or behind_s >= limit_s
        return self.is_behind and not was_behind
