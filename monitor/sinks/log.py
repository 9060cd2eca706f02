"""The log sink: events and changes of state as lines of the log, for the journal and programs."""

import logging
import threading
from typing import ClassVar

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import Health, State
from asd_monitor.monitor.sinks.terminal import event_line, state_line

_log = logging.getLogger(__name__)


class LogSink:
    """Logs events, and states when their severity or reason changes.

    What is not normal is a warning. Each record carries the fields ``machine``, ``severity``,
    ``reason``, ``event_id`` and ``event_type``, where they apply, for formatters that show them.
    """

    kind: ClassVar[str] = "log"

    def __init__(self) -> None:
        self._shown: dict[str, tuple[Severity, str | None]] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Nothing needs to begin."""

    def publish_event(self, event: Event) -> None:
        """Log one line."""
        fields = {
            "machine": event.machine,
            "severity": event.severity,
            "event_id": event.event_id,
            "event_type": event.event_type,
        }
        level = logging.WARNING if event.is_open else logging.INFO
        _log.log(level, "%s", event_line(event), extra=fields)

    def publish_state(self, state: State) -> None:
        """Log one line where severity or reason differ from the machine's last."""
        news = (state.severity, state.reason)
        with self._lock:
            is_news = self._shown.get(state.machine) != news
            self._shown[state.machine] = news
        if is_news:
            fields = {
                "machine": state.machine,
                "severity": state.severity,
                "reason": state.reason,
            }
            level = logging.INFO if state.severity is Severity.NORMAL else logging.WARNING
            _log.log(level, "%s", state_line(state), extra=fields)

    def publish_machine_availability(self, machine: str, *, online: bool) -> None:
        """Say nothing: the state says why."""

    def publish_health(self, health: Health) -> None:
        """Say nothing: what is wrong is logged by what found it."""

    def hanging_thread(self, *, now_s: float) -> str | None:  # noqa: ARG002 - has none
        """Has no thread that could."""
        return None

    def close(self, timeout_s: float) -> None:
        """Nothing waits to be told."""
