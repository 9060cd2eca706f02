"""Threads of the sinks that are at one and the same thing for longer than it can take."""

import time
from collections.abc import Sequence

from asd_monitor.monitor.sink import Sink


def hanging_threads(sinks: Sequence[Sink]) -> tuple[str, ...]:
    """Their names; every thread may ask."""
    now_s = time.monotonic()
    names = (sink.hanging_thread(now_s=now_s) for sink in sinks)
    return tuple(name for name in names if name is not None)
