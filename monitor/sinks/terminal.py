"""The terminal sink: plain lines on stderr for what changes."""

import threading
from typing import ClassVar

from rich.console import Console

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.timestamps import format_utc
from asd_monitor.monitor.band_words import say_where
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import Health, State

STYLES = {
    Severity.NORMAL: "green",
    Severity.WARNING: "yellow",
    Severity.CRITICAL: "bold red",
    Severity.UNKNOWN: "magenta",
}


class TerminalSink:
    """Prints events, and states when their severity or reason changes."""

    kind: ClassVar[str] = "terminal"

    def __init__(self, console: Console | None = None) -> None:
        self._console = Console(stderr=True) if console is None else console
        self._shown: dict[str, tuple[Severity, str | None]] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Nothing needs to begin."""

    def publish_event(self, event: Event) -> None:
        """Print one line."""
        self._print(event_line(event), event.severity)

    def publish_state(self, state: State) -> None:
        """Print one line where severity or reason differ from the machine's last."""
        news = (state.severity, state.reason)
        with self._lock:
            is_news = self._shown.get(state.machine) != news
            self._shown[state.machine] = news
        if is_news:
            self._print(state_line(state), state.severity)

    def publish_machine_availability(self, machine: str, *, online: bool) -> None:
        """Say nothing: the state says why."""

    def publish_health(self, health: Health) -> None:
        """Say nothing: a person at the terminal watches the machine, not the node."""

    def hanging_thread(self, *, now_s: float) -> str | None:  # noqa: ARG002 - has none
        """Has no thread that could."""
        return None

    def close(self, timeout_s: float) -> None:
        """Nothing waits to be told."""

    def _print(self, line: str, severity: Severity) -> None:
        self._console.print(
            line, style=STYLES[severity], markup=False, highlight=False, soft_wrap=True
        )


def event_line(event: Event) -> str:
    """One line about an event's newest transition."""
    words = [format_utc(event.ended_at or event.detected_at), event.machine, event.event_type]
    if event.duration_s is None:
        words.append(f"since {format_utc(event.started_at)}")
    else:
        words.append(f"after {event.duration_s:.1f} s")
    if event.peak_score is not None and event.threshold is not None:
        words.append(f"peak score {event.peak_score:.4g} (threshold {event.threshold:.4g})")
    if event.bands:
        words.append(f"at {say_where(event.bands)}")
    return " ".join(words)


def state_line(state: State) -> str:
    """One line about a machine's state."""
    words = [format_utc(state.ts), state.machine, state.severity]
    if state.reason is not None:
        words.append(f"({state.reason})")
    if state.regime is not None:
        words.append(state.regime)
    if state.level_shift_db is not None:
        words.append(f"level {state.level_shift_db:+.1f} dB")
    if state.score is not None and state.threshold is not None:
        words.append(f"score {state.score:.4g} (threshold {state.threshold:.4g})")
    return " ".join(words)
