"""The machine that performance is measured on: synthetic, trained and calibrated quickly."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, knocking, normal_sound

COMMAND = (sys.executable, "-m", "asd_monitor.monitor.cli.main")
NORMAL_S = 1200.0
EPOCHS = 3


def write(path: Path, sound: NDArray[np.float32]) -> Path:
    """Write sound as 16 bits, in the format that the name asks for."""
    soundfile.write(path, sound, SAMPLE_RATE_HZ, subtype="PCM_16")
    return path


def train(folder: Path) -> Path:
    """Train and calibrate the machine in a data folder, which is returned."""
    normal = write(folder / "normal.flac", normal_sound(NORMAL_S, seed=1))
    data = folder / "data"
    options = ("--data-dir", str(data))
    run("train", str(normal), "--epochs", str(EPOCHS), *options)
    run("calibrate", str(normal), "--budget", "1/h", *options)
    return data


def faults(
    *, duration_s: float, every_s: float, lasting_s: float, first_s: float
) -> NDArray[np.float32]:
    """The machine with a fault that comes and goes."""
    sound = normal_sound(duration_s, seed=2)
    fault = knocking(lasting_s, seed=3)
    for begin_s in np.arange(first_s, duration_s - lasting_s, every_s):
        begin = round(begin_s * SAMPLE_RATE_HZ)
        sound[begin : begin + len(fault)] += fault
    return sound


def run(*arguments: str) -> str:
    """Run a command of the product; what it prints."""
    done = subprocess.run(  # noqa: S603 - our own command line
        [*COMMAND, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"asd-monitor {arguments[0]} ended with {done.returncode}: {done.stderr}")
    return done.stdout
