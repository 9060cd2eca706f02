"""Memory of this process, of a capture process, and of the computer, as Linux tells it."""

import re
import subprocess
import sys
from pathlib import Path

_KIB_PER_MIB = 1024


def resident_mb(pid: int | None = None) -> float:
    """Resident memory of a process, of this one where none is named, mebibytes."""
    return _field(Path(f"/proc/{pid or 'self'}/status"), "VmRSS")


def available_mb() -> float:
    """What programs may still take without swapping, mebibytes."""
    return _field(Path("/proc/meminfo"), "MemAvailable")


def capture_mb() -> float:
    """What a process that can record takes for itself, mebibytes: one is begun to look."""
    program = (
        "import pathlib, asd_monitor.monitor.capture.child\n"
        "print(pathlib.Path('/proc/self/smaps_rollup').read_text())"
    )
    told = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return _value(told.stdout, "Pss")


def _field(path: Path, name: str) -> float:
    return _value(path.read_text(encoding="ascii"), name)


def _value(text: str, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"there is no {name}")
    return int(found[1]) / _KIB_PER_MIB
