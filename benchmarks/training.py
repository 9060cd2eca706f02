"""A step of training beside the textbook's and the limit of the core, and that both learn alike.

    .venv/bin/python -m benchmarks.training [--rounds 12]

Prints a section of `docs/performance.md`.
"""

import argparse
import os
import sys
from collections.abc import Callable

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import torch
from torch import Tensor, nn

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.training.loop import BATCH_WINDOWS, GRADIENT_NORM_MAX, LEARNING_RATE
from asd_monitor.models.training.network import GroupMadeNetwork
from asd_monitor.models.training.settings import HIDDEN
from asd_monitor.monitor.matrix_rate import FLOP, MatrixProduct
from benchmarks.reference import TextbookGroupMade
from benchmarks.scoring import FEATURES
from benchmarks.timing import in_turn

STEPS = 20
PASSES = 3
"""Products of a layer in a step: forward, and the gradients of its input and of its weights."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"## Training, a step of {BATCH_WINDOWS} windows, one core\n")
    print(
        "| ordering | ms per step | textbook, ms | times the product | limit of its FLOPs, ms "
        f"| largest difference of the loss in {STEPS} steps |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for name in ("idnn", "lr"):
        print(_row(name, arguments.rounds))
    print()
    return 0


def _row(name: str, rounds: int) -> str:
    ours, textbook = _networks(name)
    flop = PASSES * 2 * BATCH_WINDOWS * sum(p.numel() for p in ours.parameters() if p.ndim > 1)
    windows = torch.randn(
        BATCH_WINDOWS,
        FEATURES.n_frames,
        FEATURES.n_mels,
        generator=torch.Generator().manual_seed(1),
    )
    step, other = _step(ours, windows), _step(textbook, windows)
    difference = max(abs(step() - other()) for _ in range(STEPS))
    steps: dict[str, Callable[[], object]] = {
        "ours": step,
        "textbook": other,
        "limit": MatrixProduct(),
    }
    timed = in_turn(steps, rounds=rounds, calls=1)
    ms = {key: 1e3 * each.median_s for key, each in timed.items()}
    times = timed["textbook"].over(timed["ours"])
    return (
        f"| `{name}` | {ms['ours']:.1f} | {ms['textbook']:.1f} | {times.median_s:.1f} "
        f"| {flop / FLOP * ms['limit']:.1f} | {difference:.1e} |"
    )


def _networks(name: str) -> tuple[nn.Module, nn.Module]:
    """The product's network and the textbook's, with the same weights."""
    architecture = Architecture(ordering=name, components=10, hidden=HIDDEN)
    ours = GroupMadeNetwork(architecture, FEATURES, generator=torch.Generator().manual_seed(0))
    weights, biases = ours.folded()
    return ours, TextbookGroupMade(architecture, FEATURES, weights=weights, biases=biases)


def _step(network: nn.Module, windows: Tensor) -> Callable[[], float]:
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)

    def step() -> float:
        optimiser.zero_grad()
        loss = network(windows).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM_MAX)
        optimiser.step()
        return float(loss.detach())

    return step


if __name__ == "__main__":
    sys.exit(main())
