"""From a machine that is heard no more to the event that is stored and told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.alarms import Identity
from asd_monitor.monitor.events import Clock, Event, EventType, close_event, open_event


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss of capture that lasts.

    Attributes:
        event: as it was told.
        began_s: when sound stopped arriving, on the monotonic clock; None where an earlier process
            heard it stop.
    """

    event: Event
    began_s: float | None = None

    def ended(self, *, now_s: float) -> Event:
        """The event after sound has returned.

        How long it lasted is counted by the monotonic clock, which nobody sets; only of a loss
        that an earlier process began is it the difference of the dates.
        """
        lasted_s = None if self.began_s is None else round(now_s - self.began_s, 3)
        return close_event(self.event, ended_at=utc_now(), duration_s=lasted_s)


def begin_loss(
    identity: Identity, *, silent_for: timedelta, now_s: float, clock: Callable[[], Clock]
) -> Loss:
    """The loss of a machine.

    Args:
        identity: who speaks about what.
        silent_for: time since sound last arrived.
        now_s: monotonic time.
        clock: tells whether the host's clock is synchronised.
    """
    now = utc_now()
    event = open_event(
        node=identity.node,
        machine=identity.machine,
        event_type=EventType.CAPTURE_LOST,
        started_at=now - silent_for,
        detected_at=now,
        model=identity.model,
        calibration=identity.calibration,
        clock=clock(),
        source=identity.source,
    )
    return Loss(event, now_s - silent_for.total_seconds())
