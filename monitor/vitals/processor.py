"""Processor time of processes, and who their children are, as Linux tells it."""

import time
from pathlib import Path


def used_s(pid: int) -> float:
    """Processor time that a process has used so far, seconds.

    Raises:
        OSError: there is no such process.
    """
    # A process's clock, as `clock_getcpuclockid` of the C library makes its number.
    return time.clock_gettime((~pid << 3) | 2)


def children(pid: int, *, of: str) -> list[int]:
    """Process numbers of its children whose command names that module.

    Raises:
        OSError: there is no such process.
    """
    # Whichever thread started a process has it among its own.
    tasks = Path(f"/proc/{pid}/task").iterdir()
    texts = [(task / "children").read_text(encoding="ascii") for task in tasks]
    numbers = [int(child) for text in texts for child in text.split()]
    return [number for number in numbers if of in Path(f"/proc/{number}/cmdline").read_text()]
