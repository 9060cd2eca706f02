"""The processor cores that there are for us."""

import os


def n_cores() -> int:
    """How many this process may use; where a system cannot say, all that it has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
