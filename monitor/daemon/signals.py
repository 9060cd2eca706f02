"""The signals that a daemon is spoken to with."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGINT)


@dataclass(slots=True)
class Asked:
    """What was asked for so far.

    Attributes:
        stop: to end.
        reload: to read the configuration again; whoever does so clears it.
        ended_by: the first signal that asked to end.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    reload: threading.Event = field(default_factory=threading.Event)
    ended_by: signal.Signals | None = None


@contextmanager
def listening_to_signals(*, with_reload: bool) -> Iterator[Asked]:
    """Write down SIGTERM, SIGINT and, where asked, SIGHUP; the old handlers return at the end."""
    asked = Asked()

    def end(number: int, _: FrameType | None) -> None:
        asked.ended_by = asked.ended_by or signal.Signals(number)
        asked.stop.set()

    def reload(_: int, __: FrameType | None) -> None:
        asked.reload.set()

    before = {number: signal.signal(number, end) for number in ENDING}
    if with_reload:
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, reload)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
