"""Whether sound arrives and is scored, by the monotonic clock. Lost is never final.

Sound that arrives but is never scored, a second of it between two gaps, is lost all the same.
"""

from datetime import timedelta

LOST_AFTER_S = 3.0

# A microphone may take this long to open before its silence counts.
OPENING_S = 5.0


class Liveness:
    """Watches the age of the newest sound that was scored.

    Attributes:
        online: sound arrives and is scored.
        lost: sound has stopped arriving, and that is known.
    """

    def __init__(self, *, now_s: float) -> None:
        """Begin to wait for sound.

        Args:
            now_s: monotonic time.
        """
        self._heard_s = self._scored_s = now_s
        self._patience_s = OPENING_S + LOST_AFTER_S
        self.online = False
        self.lost = False

    def heard(self, *, now_s: float, scored: bool) -> bool:
        """Sound has arrived.

        Args:
            now_s: monotonic time.
            scored: it completed at least one window.

        Returns:
            Whether the machine is being listened to from now on and was not before.
        """
        self._heard_s = now_s
        if not scored:
            return False
        self._scored_s = now_s
        self._patience_s = LOST_AFTER_S
        was_online, self.online, self.lost = self.online, True, False
        return not was_online

    def expect_no_opening(self) -> None:
        """The microphone is known to be missing: waiting for it to open is of no use."""
        self._patience_s = LOST_AFTER_S

    def is_lost(self, *, now_s: float) -> bool:
        """Whether the sound has been lost and `begin_lost` has not been called for it yet."""
        return not self.lost and now_s - self._scored_s > self._patience_s

    def begin_lost(self) -> None:
        """The loss is known from now on."""
        self.online, self.lost = False, True

    @property
    def is_settled(self) -> bool:
        """Whether sound is scored or known to be lost, rather than awaited."""
        return self.online or self.lost

    def silent_for(self, *, now_s: float) -> timedelta:
        """Time since sound last arrived."""
        return timedelta(seconds=now_s - self._heard_s)
