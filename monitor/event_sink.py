"""A sink that tells events alone, each at least once."""

from asd_monitor.monitor.durable_courier import DurableCourier
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import Health, State


class EventSink:
    """Has a courier hand over every event of its outbox, and says nothing of states and health.

    Nobody misses the loss of a machine's sound: it is an event.

    Args:
        courier: hands the events over, in the background.
    """

    def __init__(self, courier: DurableCourier) -> None:
        self._courier = courier

    def start(self) -> None:
        """Begin with what a former process has left."""
        self._courier.start()

    def publish_event(self, event: Event) -> None:  # noqa: ARG002 - the outbox has it already
        """Hand over what the outbox holds."""
        self._courier.wake()

    def publish_state(self, state: State) -> None:
        """Say nothing."""

    def publish_machine_availability(self, machine: str, *, online: bool) -> None:
        """Say nothing."""

    def publish_health(self, health: Health) -> None:
        """Say nothing."""

    def hanging_thread(self, *, now_s: float) -> str | None:
        """The courier, where handing one event over takes longer than it can."""
        return self._courier.name if self._courier.hangs(now_s=now_s) else None

    def close(self, timeout_s: float) -> None:
        """Hand over what waits, as far as time allows; the rest stays in the outbox."""
        self._courier.close(timeout_s)
