"""What machines that share a bundle gain by being scored in one batch.

    .venv/bin/python -m benchmarks.batches [--machines 4 16 64] [--rounds 15]

Prints a section of `docs/performance.md`. Each machine has a thread, as in the daemon, and all get
a second of sound at one moment; in turn they share one batch, and have one each.
"""

import argparse
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.batch import ScoringBatch
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.scorer import Scorer
from asd_monitor.monitor.untrained import untrained_bundle

RATE_HZ = 16_000
SECONDS = 4
"""In a round."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, nargs="+", default=[4, 16, 64])
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    print("## Machines that share a bundle\n")
    print(
        "| machines | processor for a second of one, ms | scored alone, ms | alone over batch "
        "| quartiles | until all are scored, alone over batch, wall | quartiles |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for n in arguments.machines:
        print(_row(n, arguments.rounds), flush=True)
    print()
    return 0


def _row(n: int, rounds: int) -> str:
    shared = untrained_bundle()
    batch, alone = _Hall([shared] * n), _Hall([_by_itself(shared) for _ in range(n)])
    batch.hear()
    alone.hear()
    turns = np.array([[*batch.hear(), *alone.hear()] for _ in range(rounds)])
    cpu_s, wall_s, alone_cpu_s, alone_wall_s = turns.T
    cpu, wall = alone_cpu_s / cpu_s, alone_wall_s / wall_s
    return (
        f"| {n} | {1e3 * np.median(cpu_s) / n:.2f} | {1e3 * np.median(alone_cpu_s) / n:.2f} "
        f"| {_spread(cpu)} | {_spread(wall)} |"
    )


def _by_itself(bundle: Bundle) -> Bundle:
    members = [replace(member, batch=ScoringBatch()) for member in bundle.members]
    return replace(bundle, members=tuple(members))


def _spread(ratios: NDArray[np.float64]) -> str:
    low, high = np.quantile(ratios, [0.25, 0.75])
    return f"{np.median(ratios):.2f} | {low:.2f}-{high:.2f}"


class _Hall:
    """Machines, one for each bundle given."""

    def __init__(self, bundles: list[Bundle]) -> None:
        self._scorers = [Scorer(bundle) for bundle in bundles]
        noise = np.random.default_rng(0).standard_normal(RATE_HZ, dtype=np.float32)
        self._second = noise * np.float32(0.05)
        self._n_heard = 0

    def hear(self) -> tuple[float, float]:
        """Let all hear some seconds; seconds of processor and of wall time for one of them."""
        begun_s, begun_cpu_s = time.monotonic(), time.process_time()
        self._hear_at_once()
        cpu_s, wall_s = time.process_time() - begun_cpu_s, time.monotonic() - begun_s
        return cpu_s / SECONDS, wall_s / SECONDS

    def _hear_at_once(self) -> None:
        barrier = threading.Barrier(len(self._scorers))

        def listen(scorer: Scorer) -> None:
            for second in range(SECONDS):
                barrier.wait()
                scorer.push(self._block(self._n_heard + second))

        with ThreadPoolExecutor(len(self._scorers)) as pool:
            list(pool.map(listen, self._scorers))
        self._n_heard += SECONDS

    def _block(self, second: int) -> AudioBlock:
        return AudioBlock(
            samples=self._second,
            sample_rate_hz=RATE_HZ,
            first_sample=second * RATE_HZ,
            captured_at=datetime.now(UTC),
            gap_before=second == 0,
        )


if __name__ == "__main__":
    sys.exit(main())
