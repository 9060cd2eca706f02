"""What a process took from its start to its end."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

# Between us and the process stands a small one: a child's largest memory counts from the fork on.
_BETWEEN = """\
import json, resource, subprocess, sys, time
begun_s = time.monotonic()
quiet = subprocess.DEVNULL
code = subprocess.run(sys.argv[1:], stdin=quiet, stdout=quiet, stderr=quiet).returncode
wall_s, used = time.monotonic() - begun_s, resource.getrusage(resource.RUSAGE_CHILDREN)
cpu_s = used.ru_utime + used.ru_stime
print(json.dumps([code, wall_s, cpu_s, used.ru_maxrss / 1024]))
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """A process that has ended: wall clock, processor time, largest resident memory."""

    wall_s: float
    cpu_s: float
    largest_mb: float


def ran(command: Sequence[str]) -> Ran:
    """Run a command to its end."""
    between = (sys.executable, "-S", "-c", _BETWEEN, *command)
    done = subprocess.run(between, capture_output=True, text=True, check=True)  # noqa: S603
    code, wall_s, cpu_s, largest_mb = json.loads(done.stdout)
    if code:
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return Ran(wall_s, cpu_s, largest_mb)
