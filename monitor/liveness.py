"""Whether sound arrives and is scored, by the monotonic clock. Lost is never final."""

from datetime import timedelta

LOST_AFTER_S = 3.0

# A microphone may take this long to open before its silence counts.
OPENING_S = 5.0


class Liveness:
    """Watches the time since sound last arrived.

    Attributes:
        online: sound arrives and is scored.
        lost: sound has stopped arriving, and that is known.
    """

    def __init__(self, *, now_s: float) -> None:
        """Begin to wait for sound.

        Args:
            now_s: monotonic time.
        """
        self._last_s = now_s
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
        self._last_s = now_s
        self._patience_s = LOST_AFTER_S
        if self.online or not scored:
            return False
        self.online, self.lost = True, False
        return True

    def is_lost(self, *, now_s: float) -> bool:
        """Whether the sound has been lost and `begin_lost` has not been called for it yet."""
        return not self.lost and now_s - self._last_s > self._patience_s

    def begin_lost(self) -> None:
        """The loss is known from now on."""
        self.online, self.lost = False, True

    def silent_for(self, *, now_s: float) -> timedelta:
        """Time since sound last arrived."""
        return timedelta(seconds=now_s - self._last_s)
