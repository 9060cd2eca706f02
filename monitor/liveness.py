"""Whether sound arrives and is scored, by the monotonic clock. Lost is never final.

Sound that arrives but is never scored, a second of it between two gaps, is lost all the same.
"""

import enum
from datetime import timedelta

# What is scored is scored by the second.
STALLED_AFTER_S = 2.0
LOST_AFTER_S = 3.0

# A microphone may take this long to open before its silence counts.
OPENING_S = 5.0


class Listening(enum.StrEnum):
    """How the listening to a machine goes. None is final."""

    STARTING = "starting"
    HEALTHY = "healthy"
    STALLED = "stalled"
    LOST = "lost"
    RECOVERING = "recovering"


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
        self._heard_at_loss_s = now_s
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
        self._heard_at_loss_s = self._heard_s

    def listening(self, *, now_s: float) -> Listening:
        """How it goes, by the age of the newest sound that was scored.

        Stalled is late and not known to be lost yet; recovering is heard again and not scored yet.
        """
        if self.lost:
            is_heard = self._heard_s > self._heard_at_loss_s
            return Listening.RECOVERING if is_heard else Listening.LOST
        if not self.online:
            return Listening.STARTING
        is_late = now_s - self._scored_s > STALLED_AFTER_S
        return Listening.STALLED if is_late else Listening.HEALTHY

    @property
    def is_settled(self) -> bool:
        """Whether sound is scored or known to be lost, rather than awaited."""
        return self.online or self.lost

    def silent_for(self, *, now_s: float) -> timedelta:
        """Time since sound last arrived."""
        return timedelta(seconds=now_s - self._heard_s)
