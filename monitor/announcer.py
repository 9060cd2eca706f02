"""What is told of one machine, and when: what has changed at once, the rest by and by."""

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final

from asd_monitor.monitor.messages import State
from asd_monitor.monitor.sink import Sink

STATE_INTERVAL_S: Final = 30.0

_NEWS = attrgetter("severity", "reason", "event_id", "capture", "listening", "model", "calibration")
"""What of a state is told at once; numbers alone wait for their turn."""


class Announcer:
    """Tells sinks the availability and the state of a machine.

    Args:
        machine: its id.
        sinks: are told.
        now_s: monotonic time.
    """

    def __init__(self, machine: str, sinks: Sequence[Sink], *, now_s: float) -> None:
        self._machine = machine
        self._sinks = sinks
        self._online: bool | None = None
        self._state: State | None = None
        self._told_s = now_s

    def tell(self, state: State, *, online: bool, now_s: float) -> None:
        """Tell both where they changed, the state every `STATE_INTERVAL_S` too.

        Args:
            state: as it is now; since when its severity holds is known here.
            online: whether sound arrives and is scored.
            now_s: monotonic time.
        """
        if online is not self._online:
            self._online = online
            for sink in self._sinks:
                sink.publish_machine_availability(self._machine, online=online)
        before = self._state
        if before is not None and before.severity is state.severity:
            state = replace(state, since=before.since)
        is_news = before is None or _NEWS(state) != _NEWS(before)
        if is_news or now_s - self._told_s >= STATE_INTERVAL_S:
            self._state, self._told_s = state, now_s
            for sink in self._sinks:
                sink.publish_state(state)
