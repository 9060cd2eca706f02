"""The first lines of `docs/performance.md`: what was measured, where and with what."""

import os
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

NUMPY = str(Path(np.__file__).parent.parent)
PACKAGES = ("asd-monitor", "numpy", "scipy", "soundfile", "librosa", "numba", "torch")


def main() -> int:
    """Print them."""
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    (blas,) = [info for info in threadpool_info() if info["filepath"].startswith(NUMPY)]
    print("# Performance, measured\n")
    print(
        "`make bench` writes this page; each section is one command of `benchmarks/`, and can be "
        "measured by itself. "
        f"Measured on {found[1] if found else platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}, {versions}; numpy's "
        f"OpenBLAS uses its kernels for {blas['architecture']}. Other programs ran beside it: the "
        f"load average was {load:.1f}.\n"
    )
    print(
        "Medians and quartiles of rounds in which everything compared has its turn; times are of "
        "the processor, of one thread, where not called wall. `asd-monitor bench` measures your "
        "own computer. What was to be reached is named under each table, and whether it was in "
        "this run.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
