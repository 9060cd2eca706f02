"""The first lines of `docs/performance.md`: what was measured, where and with what."""

import os
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("asd-monitor", "numpy", "scipy", "soundfile", "librosa", "torch")


def main() -> int:
    """Print them."""
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    print("# Performance, measured\n")
    print(
        "`make bench` writes this page; each section is one command of `benchmarks/`, and can be "
        "measured by itself. "
        f"Measured on {found[1] if found else platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}, {versions}. Other programs ran beside it: the "
        f"load average was {load:.1f}.\n"
    )
    print(
        "Medians and quartiles of rounds in which everything compared has its turn; times are of "
        "the processor, of one thread, where not called wall. `asd-monitor bench` measures your "
        "own computer.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
