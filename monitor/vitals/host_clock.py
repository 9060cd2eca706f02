"""Whether the host's clock is synchronised, as the kernel knows it (adjtimex(2))."""

import ctypes

from asd_monitor.monitor.events import Clock

_TIME_ERROR = 5
# Larger than any architecture's `struct timex`; with its `modes` zero the call only reads.
_TIMEX_BYTES = 512


def host_clock() -> Clock:
    """Ask the kernel; where it cannot be asked (not Linux), the clock counts as unsynchronised."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return Clock.UNSYNCED
    state = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return Clock.SYNCED if 0 <= state < _TIME_ERROR else Clock.UNSYNCED
