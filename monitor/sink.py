"""The contract of a sink: where states and events are told to. One file in `sinks` each."""

from typing import ClassVar, Protocol

from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import Health, State


class Sink(Protocol):
    """Tells somebody what is known.

    Every method may be called from any thread. None blocks on the outside world and none raises
    because that world cannot be reached; only `close` waits, and no longer than it is told to.

    Attributes:
        kind: the name under which configuration and documentation know it.
    """

    kind: ClassVar[str]

    def start(self) -> None:
        """Begin; called once, before anything is published."""
        ...

    def publish_event(self, event: Event) -> None:
        """An event has been recorded in the store, and has its ``seq``."""
        ...

    def publish_state(self, state: State) -> None:
        """A machine's state: the latest wins, older ones are never told later."""
        ...

    def publish_machine_availability(self, machine: str, *, online: bool) -> None:
        """Whether a machine's audio arrives and is scored."""
        ...

    def publish_health(self, health: Health) -> None:
        """How the node itself is; the latest wins."""
        ...

    def hanging_thread(self, *, now_s: float) -> str | None:
        """Its thread's name where that has been at one thing for longer than it can take.

        Args:
            now_s: monotonic time.

        Returns:
            None where it gets on, waits for something to tell, or tells without a thread.
        """
        ...

    def close(self, timeout_s: float) -> None:
        """Tell what can be told within ``timeout_s`` and end. May be called again."""
        ...
