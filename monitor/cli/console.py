"""How commands speak: results on stdout, everything else on stderr.

Lines are written to the streams as they are at the moment: a progress bar on a terminal puts
itself in their place, and only so makes room for a line. `click.echo` would write past it.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import msgspec


def tell(line: str) -> None:
    """Print a line of the result."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def emit_json(fields: object) -> None:
    """Print one JSON object on one line."""
    tell(msgspec.json.encode(fields).decode())


def note(message: str) -> None:
    """Say something that is not the result."""
    sys.stderr.write(f"{message}\n")


@contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Turn Ctrl-C into an event, for work that has something to finish first.

    Raises:
        KeyboardInterrupt: on leaving, if there was one.
    """
    stop = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
    if stop.is_set():
        raise KeyboardInterrupt
