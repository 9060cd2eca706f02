"""Stand-ins for the capture child: real processes that speak its protocol, without a device."""

import sys
from pathlib import Path

RATE_HZ = 8000

_PRELUDE = f"""
import sys, time
from pathlib import Path
import numpy as np
from asd_monitor.monitor.capture.protocol import Failed, Moved, Opened, Sound, pack

def say(message):
    sys.stdout.buffer.write(pack(message))
    sys.stdout.buffer.flush()

def hear(first, n_samples, lost_samples=0):
    samples = np.arange(first, first + n_samples, dtype=np.float32)
    say(Sound(samples, time.time_ns(), lost_samples))

def wait_for_the_end():
    sys.stdin.buffer.read()

say(Opened({RATE_HZ}, "fake"))
"""


def child(script: str) -> list[str]:
    """A child that opens well and then runs ``script``.

    It may call ``hear(first, n_samples, lost_samples=0)``, which sends a ramp of samples,
    ``say(message)`` and ``wait_for_the_end()``.
    """
    return [sys.executable, "-c", f"{_PRELUDE}\n{script}"]


def changing_child(folder: Path, *, first: str, later: str) -> list[str]:
    """A child that runs one script the first time it is started, and another from then on."""
    started = folder / "started"
    return child(
        f"started = Path({str(started)!r})\n"
        f"is_first = not started.exists()\n"
        f"started.touch()\n"
        f"exec({first!r} if is_first else {later!r})"
    )


def fast_child(sound: Path, *, sample_rate_hz: int, speed: float) -> list[str]:
    """A child that hears the sound of a file again and again, faster than time passes.

    Args:
        sound: float32 samples of one channel, without a header, whole seconds of them.
        sample_rate_hz: of the samples.
        speed: seconds of sound in a second.
    """
    return [
        sys.executable,
        "-c",
        f"""
import itertools, sys, time
import numpy as np
from asd_monitor.monitor.capture.protocol import Opened, Sound, pack

def say(message):
    sys.stdout.buffer.write(pack(message))
    sys.stdout.buffer.flush()

say(Opened({sample_rate_hz}, "fast"))
seconds = np.fromfile({str(sound)!r}, dtype=np.float32).reshape(-1, {sample_rate_hz})
begun_s = time.monotonic()
for n in itertools.count():
    time.sleep(max(0.0, begun_s + n / {speed} - time.monotonic()))
    say(Sound(seconds[n % len(seconds)], time.time_ns(), 0))
""",
    ]
