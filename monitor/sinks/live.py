"""The live sink: a terminal's whole screen, drawn anew every second while the daemon runs."""

import threading
from collections.abc import Callable
from typing import ClassVar

from rich.console import Console, RenderableType
from rich.live import Live

from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import Health, State

EVERY_S = 1.0


def keep_drawing(
    console: Console, draw: Callable[[], RenderableType], stop: threading.Event
) -> None:
    """Draw on the terminal's alternate screen until told to stop, then give the terminal back.

    Args:
        console: on a terminal; its size is looked up for every drawing.
        draw: called about once a second, in this thread.
        stop: ends it.
    """
    with Live(
        console=console,
        screen=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as live:
        while not stop.is_set():
            live.update(draw(), refresh=True)
            stop.wait(EVERY_S)


class LiveSink:
    """Keeps a live view on a terminal, in a thread of its own, from `start` until `close`.

    What is published is not listened to: what is drawn is read from the store, as it is for those
    who look on from beside the daemon, so that all see the same.

    Args:
        console: on a terminal.
        draw: makes the view; called in the sink's thread.
    """

    kind: ClassVar[str] = "live"

    def __init__(self, console: Console, draw: Callable[[], RenderableType]) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=keep_drawing, args=(console, draw, self._stop), name="live view", daemon=True
        )

    def start(self) -> None:
        """Take the screen."""
        self._thread.start()

    def publish_event(self, event: Event) -> None:
        """Nothing to do: the store has it."""

    def publish_state(self, state: State) -> None:
        """Nothing to do: the status sink writes it into the store."""

    def publish_machine_availability(self, machine: str, *, online: bool) -> None:
        """Nothing to do: the state says it."""

    def publish_health(self, health: Health) -> None:
        """Nothing to do: the status sink writes it into the store."""

    def hanging_thread(self, *, now_s: float) -> str | None:  # noqa: ARG002 - may stand still
        """Not the one that draws: a terminal can be stopped, and nobody is alerted by it."""
        return None

    def close(self, timeout_s: float) -> None:
        """Give the screen back."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
