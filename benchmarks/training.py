"""Training beside the textbook's and the limit of the core, and that both learn alike.

    .venv/bin/python -m benchmarks.training [--rounds 12] [--epochs 8]

Prints a section of `docs/performance.md`. A step is compared on one and the same batch. A pass
over the sound is compared as a whole: the product cuts its batches out of the frames, the textbook
stacks all windows beforehand and lets torch's loader gather them one by one; both score held-out
windows after it, and neither draws random gains. Passes take turns, and the ratio is the median of
those of neighbours. What numba compiles in the first step of a process is told by itself.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.training.flat_parameters import FlatParameters
from asd_monitor.models.training.loop import (
    BATCH_WINDOWS,
    GRADIENT_NORM_MAX,
    LEARNING_RATE,
    FittingLoop,
    WindowSet,
)
from asd_monitor.models.training.network import GroupMadeNetwork
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.settings import HIDDEN, TrainingSettings
from asd_monitor.models.training.sound import Runs, TrainingSound
from asd_monitor.monitor.matrix_rate import FLOP, MatrixProduct
from benchmarks.reference import TextbookGroupMade, textbook_epochs
from benchmarks.scoring import FEATURES
from benchmarks.targets import at_least
from benchmarks.timing import Timed, in_turn
from benchmarks.training_profile import step_parts

STEPS = 20
N_FITTED = 20 * BATCH_WINDOWS
N_HELD_OUT = 2 * BATCH_WINDOWS
PASSES = 3
"""Products of a layer in a step: forward, and the gradients of its input and of its weights."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    compiling_s = _compiling_s()
    print(f"## Training, batches of {BATCH_WINDOWS} windows, one core\n")
    print(
        "| ordering | ms per step | quartiles | textbook, ms | times the product | quartiles "
        f"| limit of its FLOPs, ms | largest difference of the loss in {STEPS} steps |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in ("idnn", "lr"):
        print(_row(name, arguments.rounds), flush=True)
    print(
        "\nThe limit counts all weights, masked ones included. What `lr` masks in its last layer "
        "the product does not compute."
    )
    print(
        f"\n| ordering | s per pass over {N_FITTED} windows | quartiles | textbook, s "
        "| times the product | quartiles | loss after each pass | textbook |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    targets = []
    for name in ("idnn", "lr"):
        row, times = _epochs_row(name, arguments.epochs)
        print(row, flush=True)
        targets.append(at_least(f"`{name}`, a pass, times the textbook", 3, times))
    print("", *targets, "", sep="\n")
    print(
        f"The first step of a training takes {compiling_s:.1f} s more than a later one, because "
        "numba then compiles. The tables leave it out.\n"
    )
    print("\n".join(_profile(arguments.epochs)))
    return 0


def _compiling_s() -> float:
    """Seconds that the first gradient of this process takes more than the next; to be first."""
    network, _ = _networks("idnn")
    windows, times_s = _batch(), []
    for _ in range(1 + STEPS):
        begun_s = time.thread_time()
        network.differentiate(windows)
        times_s.append(time.thread_time() - begun_s)
    first_s, *later_s = times_s
    return first_s - float(np.median(later_s))


def _batch() -> Tensor:
    shape = (BATCH_WINDOWS, FEATURES.n_frames, FEATURES.n_mels)
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def _row(name: str, rounds: int) -> str:
    ours, textbook = _networks(name)
    flop = PASSES * 2 * BATCH_WINDOWS * sum(p.numel() for p in textbook.parameters() if p.ndim > 1)
    windows = _batch()
    step, other = _step(ours, windows), _textbook_step(textbook, windows)
    difference = max(abs(step() - other()) for _ in range(STEPS))
    steps: dict[str, Callable[[], object]] = {
        "ours": step,
        "textbook": other,
        "limit": MatrixProduct(),
    }
    timed = in_turn(steps, rounds=rounds, calls=1)
    ms = {key: 1e3 * each.median_s for key, each in timed.items()}
    times = timed["textbook"].over(timed["ours"])
    (low_ms, high_ms), (low, high) = timed["ours"].spread(1e3), times.spread()
    return (
        f"| `{name}` | {ms['ours']:.1f} | {low_ms:.1f}-{high_ms:.1f} | {ms['textbook']:.1f} "
        f"| {times.median_s:.1f} | {low:.1f}-{high:.1f} "
        f"| {flop / FLOP * ms['limit']:.1f} | {difference:.1e} |"
    )


def _epochs_row(name: str, epochs: int) -> tuple[str, float]:
    """The row, and how many times as long the textbook takes."""
    ours, textbook = _networks(name)
    sound = _sound()
    passes = textbook_epochs(
        textbook, _windows(sound.fitted), _windows(sound.stopping), batch_windows=BATCH_WINDOWS
    )
    seconds, losses = np.empty((epochs, 2)), np.empty((epochs, 2))
    begun_s = 0.0

    def compare(done: EpochDone) -> None:
        nonlocal begun_s
        ended_s = time.thread_time()
        losses[done.epoch - 1] = done.loss, next(passes)
        seconds[done.epoch - 1] = ended_s - begun_s, time.thread_time() - ended_s
        begun_s = time.thread_time()

    fitting = _fitting(ours, sound, epochs)
    begun_s = time.thread_time()
    fitting.run(compare)
    ours_s, textbook_s = Timed(seconds[:, 0]), Timed(seconds[:, 1])
    times = textbook_s.over(ours_s)
    (low_s, high_s), (low, high) = ours_s.spread(), times.spread()
    ours_loss, textbook_loss = (", ".join(f"{loss:.3f}" for loss in of) for of in losses.T)
    return (
        f"| `{name}` | {ours_s.median_s:.2f} | {low_s:.2f}-{high_s:.2f} "
        f"| {textbook_s.median_s:.2f} | {times.median_s:.1f} | {low:.1f}-{high:.1f} "
        f"| {ours_loss} | {textbook_loss} |"
    ), times.median_s


def _profile(epochs: int) -> Iterator[str]:
    yield "| where a step's time goes, us per window | `idnn` | `lr` |"
    yield "| --- | --- | --- |"
    idnn, lr = (_us_per_window(name, epochs) for name in ("idnn", "lr"))
    for part in idnn:
        yield f"| {part} | {idnn[part]:.2f} | {lr[part]:.2f} |"
    yield f"| all | {sum(idnn.values()):.2f} | {sum(lr.values()):.2f} |\n"


def _us_per_window(name: str, epochs: int) -> dict[str, float]:
    """By part of a step; rounded as printed, so that what is printed adds up."""
    fitting = _fitting(_networks(name)[0], _sound(), epochs)
    return {part: round(us / BATCH_WINDOWS, 2) for part, us in step_parts(fitting)}


def _fitting(network: GroupMadeNetwork, sound: TrainingSound, epochs: int) -> FittingLoop:
    settings = TrainingSettings(epochs=epochs, patience=epochs, gain_range_db=0)
    return FittingLoop(network, sound, settings, generator=torch.Generator().manual_seed(0))


def _sound() -> TrainingSound:
    return TrainingSound(
        features=FEATURES,
        fitted=Runs.of(_frames(N_FITTED, seed=2)),
        stopping=Runs.of(_frames(N_HELD_OUT, seed=3)),
        std_db=np.ones(FEATURES.n_mels, np.float32),
    )


def _frames(n_windows: int, *, seed: int) -> NDArray[np.float32]:
    """Frames of so many windows, each like the one before it."""
    generator = np.random.default_rng(seed)
    shape = (n_windows + FEATURES.n_frames - 1, FEATURES.n_mels)
    frames = generator.standard_normal(shape, dtype=np.float32)
    frames[1:] = np.float32(0.6) * frames[1:] + np.float32(0.8) * frames[:-1]
    return frames


def _windows(runs: Runs) -> Tensor:
    whole = WindowSet(runs, n_frames=FEATURES.n_frames)
    return whole.windows(torch.arange(len(whole)))


def _networks(name: str) -> tuple[GroupMadeNetwork, TextbookGroupMade]:
    """The product's network and the textbook's, with the same weights."""
    architecture = Architecture(ordering=name, components=10, hidden=HIDDEN)
    ours = GroupMadeNetwork(architecture, FEATURES, generator=torch.Generator().manual_seed(0))
    weights, biases = ours.folded()
    return ours, TextbookGroupMade(architecture, FEATURES, weights=weights, biases=biases)


def _step(network: GroupMadeNetwork, windows: Tensor) -> Callable[[], float]:
    parameters = FlatParameters(network)
    optimiser = torch.optim.Adam([parameters.vector], lr=LEARNING_RATE, fused=True)

    def step() -> float:
        loss = network.differentiate(windows)
        parameters.limit_gradient(GRADIENT_NORM_MAX)
        optimiser.step()
        return loss

    return step


def _textbook_step(network: TextbookGroupMade, windows: Tensor) -> Callable[[], float]:
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
