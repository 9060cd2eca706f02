"""How fast an archive is replayed, from files on disk to clip scores.

    .venv/bin/python -m benchmarks.throughput [--rounds 3]

Prints a section of `docs/performance.md`. Times real time is the sound over the processor time of
the whole command, its start-up taken off; memory is that of one process, for archives of two sizes.
What more processes gain is told by the wall clock, start-up and all.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from asd_monitor.models.bundle import load_bundle, save_bundle
from asd_monitor.models.cores import n_cores
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from benchmarks import process
from benchmarks.model import COMMAND, run, train, write
from benchmarks.targets import at_least
from benchmarks.timing import Timed

FILE_S = 120.0
N_FILES = 5
COPIES = 4


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        ensemble = train(folder) / "machines" / "machine"
        models = {"default (`group-made` and `spectral`)": ensemble, "`group-made`": _alone(folder)}
        targets: list[str] = []
        print("## Replay, one core\n")
        print(
            "| detector | files | times real time | quartiles | memory, MB | of 4 times as many |"
        )
        print("| --- | --- | --- | --- | --- | --- |")
        archives = {suffix: _archive(folder, suffix) for suffix in ("flac", "wav")}
        for name, model in models.items():
            for suffix, archive in archives.items():
                row, speed = _row(name, model, suffix, archive, arguments.rounds)
                print(row, flush=True)
                if model is ensemble:
                    targets.append(at_least(f"{suffix.upper()}, times real time", 1000, speed))
        print("", *targets, "", sep="\n")
        print("\n".join(_shared(ensemble, _large(archives["wav"]), arguments.rounds)))
    return 0


def _alone(folder: Path) -> Path:
    """The first detector of the trained bundle, calibrated by itself."""
    alone = folder / "alone"
    bundle = load_bundle(folder / "data" / "machines" / "machine" / "bundle.safetensors")
    save_bundle(replace(bundle, members=bundle.members[:1]), alone / "bundle.safetensors")
    options = ("--bundle", str(alone / "bundle.safetensors"), "--budget", "1/h")
    out = str(alone / "calibration.json")
    run("calibrate", str(folder / "normal.flac"), *options, "--out", out)
    return alone


def _archive(folder: Path, suffix: str) -> Path:
    """A folder of recordings, and one of several times as many beside it."""
    small = folder / suffix
    large = _large(small)
    small.mkdir()
    large.mkdir()
    sound = normal_sound(FILE_S, seed=5)
    for i in range(N_FILES):
        path = write(small / f"{i}.{suffix}", np.roll(sound, i * SAMPLE_RATE_HZ))
        for copy in range(COPIES):
            shutil.copy(path, large / f"{i}-{copy}.{suffix}")
    return small


def _large(archive: Path) -> Path:
    """The larger archive beside another."""
    return archive.with_name(f"{archive.name}-large")


def _replay(model: Path, archive: Path, *options: str) -> process.Ran:
    bundle, calibration = model / "bundle.safetensors", model / "calibration.json"
    known = ("--bundle", str(bundle), "--calibration", str(calibration), "--json")
    return process.ran([*COMMAND, "replay", str(archive), *known, *options])


def _row(name: str, model: Path, suffix: str, archive: Path, rounds: int) -> tuple[str, float]:
    """The row, and how many times as fast as real time."""
    few = [_replay(model, archive, "--jobs", "1") for _ in range(rounds)]
    many = [_replay(model, _large(archive), "--jobs", "1") for _ in range(rounds)]
    more_s = N_FILES * FILE_S * (COPIES - 1)
    speeds = [more_s / (b.cpu_s - a.cpu_s) for a, b in zip(few, many, strict=True)]
    low, high = np.quantile(speeds, [0.25, 0.75])
    small_mb, large_mb = (np.median([each.largest_mb for each in runs]) for runs in (few, many))
    median = float(np.median(speeds))
    return (
        f"| {name} | {suffix.upper()} | {median:.0f} | {low:.0f}-{high:.0f} "
        f"| {small_mb:.0f} | {large_mb:.0f} |"
    ), median


def _shared(model: Path, archive: Path, rounds: int) -> Iterator[str]:
    """How many times as fast all cores are as one, by the wall clock; in turn."""
    taken_s = [
        (_replay(model, archive, "--jobs", "1").wall_s, _replay(model, archive).wall_s)
        for _ in range(rounds)
    ]
    one, every = (Timed(np.array(of)) for of in zip(*taken_s, strict=True))
    times = one.over(every)
    low, high = times.spread()
    yield "| default detector | cores | `--jobs 1`, s | without, s | times as fast | quartiles |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield (
        f"| {N_FILES * COPIES} WAV files, {N_FILES * COPIES * FILE_S / 60:.0f} minutes, "
        "wall clock with start-up "
        f"| {n_cores()} | {one.median_s:.2f} | {every.median_s:.2f} "
        f"| {times.median_s:.2f} | {low:.2f}-{high:.2f} |\n"
    )


if __name__ == "__main__":
    sys.exit(main())
