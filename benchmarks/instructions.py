"""Instructions of a second of sound, counted by valgrind: the same however busy the computer is.

    .venv/bin/python -m benchmarks.instructions

Prints what a second takes in units of the instructions of its matrix products, as the same library
computes a square one, and ends with 1 where that is more than it was when this was written: then
something has become slower. Skipped, with a line, where there is no valgrind. Takes minutes.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from asd_monitor.models.frontend import LogMel
from asd_monitor.models.recordings import open_recording, read_blocks
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.sound_file import SoundFile
from asd_monitor.monitor.matrix_rate import FLOP, MatrixProduct
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from asd_monitor.monitor.untrained import untrained_bundle
from benchmarks.model import write

FEW_S, MANY_S = 12, 22
WINDOWS_PER_S = 31.25
TOLERANCE = 1.1
_COLLECTED = re.compile(r"Collected : (\d+)")


def score(path: Path, seconds: int) -> None:
    """From a file to the scores of its clips, with the default detector."""
    scorer = Scorer(untrained_bundle())
    n_samples = seconds * SAMPLE_RATE_HZ
    for block in read_blocks(open_recording(path), channel=None, n_samples=n_samples):
        scorer.push(block)


def front_end(path: Path, seconds: int) -> None:
    """Samples to log-mel frames."""
    bundle = untrained_bundle()
    log_mel = LogMel(bundle.features, bundle.mel_filters)
    with SoundFile(path) as file:
        for _ in range(seconds):
            log_mel.push(file.read(SAMPLE_RATE_HZ)[:, 0])


def square(_path: Path, times: int) -> None:
    """The matrix product that all is compared with."""
    multiply = MatrixProduct()
    for _ in range(times):
        multiply()


WORKS: dict[str, tuple[Callable[[Path, int], None], float]] = {
    "file to clip scores": (score, 2.91),
    "front end": (front_end, 0.53),
    "square product": (square, 0.0),
}
"""What is counted, and how much it took when it was last made faster."""


def main() -> int:
    """Count and print; 1 where something takes more than it did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", nargs=3, metavar=("NAME", "FILE", "SECONDS"))
    arguments = parser.parse_args()
    if arguments.work:
        name, path, seconds = arguments.work
        WORKS[name][0](Path(path), int(seconds))
        return 0
    print("## Instructions\n")
    if shutil.which("valgrind") is None:
        print("Not counted: valgrind is not installed.\n")
        return 0
    counted = _counted()
    of_products = counted.pop("square product") / FLOP * _flop_per_s()
    print("| work | instructions a second of sound | times its products' | before | |")
    print("| --- | --- | --- | --- | --- |")
    slower = False
    for name, count in counted.items():
        before, ratio = WORKS[name][1], count / of_products
        is_more = ratio > TOLERANCE * before
        slower |= is_more
        verdict = "**more than before**" if is_more else "no more than before"
        print(f"| {name} | {count / 1e6:.1f} million | {ratio:.2f} | {before:.2f} | {verdict} |")
    print()
    return int(slower)


def _counted() -> dict[str, float]:
    """Instructions a second of sound, or a product: start-up is in both counts."""
    with tempfile.TemporaryDirectory() as scratch:
        path = write(Path(scratch) / "sound.wav", normal_sound(float(MANY_S), seed=1))
        asked = list(product(WORKS, (FEW_S, MANY_S)))
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            counts = list(pool.map(lambda each: _count(each[0], path, each[1]), asked))
    by_name = dict(zip(asked, counts, strict=True))
    return {
        name: (by_name[name, MANY_S] - by_name[name, FEW_S]) / (MANY_S - FEW_S) for name in WORKS
    }


def _count(name: str, path: Path, seconds: int) -> int:
    valgrind = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    work = ("-m", "benchmarks.instructions", "--work", name, str(path), str(seconds))
    # What Python hashes must not differ from one count to the other.
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    done = subprocess.run(  # noqa: S603 - our own command line
        [*valgrind, sys.executable, *work],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    found = _COLLECTED.search(done.stderr)
    if done.returncode or found is None:
        raise SystemExit(f"valgrind could not count {name}: {done.stderr[-500:]}")
    return int(found[1])


def _flop_per_s() -> float:
    """Of the products of the default network."""
    member = untrained_bundle().members[0].detector
    sizes = [np.size(t) for name, t in member.tensors().items() if name.startswith("weight")]
    return 2 * sum(sizes) * WINDOWS_PER_S


if __name__ == "__main__":
    sys.exit(main())
