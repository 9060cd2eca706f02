"""A sink that remembers what it was told."""

from typing import ClassVar

from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import Health, State


class RecordingSink:
    """Everything told, in order, by kind."""

    kind: ClassVar[str] = "recording"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.events: list[Event] = []
        self.states: list[State] = []
        self.online: list[bool] = []
        self.healths: list[Health] = []
        self.hanging: str | None = None

    def start(self) -> None:
        self.calls.append("start")

    def publish_event(self, event: Event) -> None:
        self.calls.append("event")
        self.events.append(event)

    def publish_state(self, state: State) -> None:
        self.calls.append("state")
        self.states.append(state)

    def publish_machine_availability(self, machine: str, *, online: bool) -> None:  # noqa: ARG002
        self.calls.append("availability")
        self.online.append(online)

    def publish_health(self, health: Health) -> None:
        self.calls.append("health")
        self.healths.append(health)

    def hanging_thread(self, *, now_s: float) -> str | None:  # noqa: ARG002
        return self.hanging

    def close(self, timeout_s: float) -> None:  # noqa: ARG002
        self.calls.append("close")
