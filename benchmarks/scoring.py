"""What a window and a frame cost, beside the textbook and the limit of the core.

    .venv/bin/python -m benchmarks.scoring [--rounds 40]

Prints a section of `docs/performance.md`.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import torch
from numpy.typing import NDArray

from asd_monitor.models.density_network import COLUMNS
from asd_monitor.models.detectors.group_made import Architecture, GroupMade
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.masks import ordering
from asd_monitor.models.mixture import negative_log_likelihood
from asd_monitor.models.training.mel import mel_filters
from asd_monitor.models.training.settings import HIDDEN
from asd_monitor.monitor.matrix_rate import FLOP, MatrixProduct
from benchmarks.reference import TextbookGroupMade, clip_log_mel, hop_log_mel
from benchmarks.targets import at_least, at_most
from benchmarks.timing import Timed, in_turn

FEATURES = FeatureConfig()
SECOND = 31
FILE = 512
TIMES = {"idnn": 2, "lr": 3}
US = 1e6


@dataclass(frozen=True, slots=True)
class Network:
    """One ordering, as the product and as the textbook scores it."""

    name: str
    made: GroupMade
    textbook: TextbookGroupMade

    @property
    def flop(self) -> int:
        """Floating-point operations of one window: two for each weight, masked or not."""
        tensors = self.made.tensors()
        return 2 * sum(tensor.size for name, tensor in tensors.items() if "weight" in name)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print("## Scoring and front end, one core\n")
    print("\n".join(scoring(arguments.rounds)))
    print("\n".join(front_end(arguments.rounds)))
    print("\n".join(profile(arguments.rounds)))
    return 0


def network(name: str) -> Network:
    """A random network of the default size."""
    architecture = Architecture(ordering=name, components=10, hidden=HIDDEN)
    generator = np.random.default_rng(0)
    masks = architecture.masks(n_frames=FEATURES.n_frames, n_mels=FEATURES.n_mels)
    weights = [
        generator.standard_normal(mask.shape, dtype=np.float32) / np.float32(mask.shape[1] ** 0.5)
        for mask in masks
    ]
    biases = [generator.standard_normal(len(mask), dtype=np.float32) * 0.1 for mask in masks]
    given = {"weights": weights, "biases": [bias.astype(np.float32) for bias in biases]}
    return Network(
        name,
        GroupMade(architecture, FEATURES, **given),
        TextbookGroupMade(architecture, FEATURES, **given),
    )


def scoring(rounds: int) -> Iterator[str]:
    """Microseconds per window, share of the limit, and how many times the textbook takes."""
    yield (
        "| ordering | us per window | quartiles | limit, us | share of the limit "
        "| textbook, a second / a file at once, us | times the textbook |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    targets: list[str] = []
    for one in map(network, ("idnn", "lr")):
        timed = in_turn(_contestants(one), rounds=rounds)
        ours, second, file = (
            _per_window(timed[name], n)
            for name, n in (("ours", SECOND), ("second", SECOND), ("file", FILE))
        )
        limit_us = one.flop / (FLOP / timed["limit"].median_s) * US
        low, high = ours.spread(US)
        median_us = ours.median_s * US
        times = second.over(ours).median_s
        targets.append(at_least(f"`{one.name}`, share of the limit", 0.4, limit_us / median_us))
        targets.append(at_least(f"`{one.name}`, times the textbook", TIMES[one.name], times))
        yield (
            f"| `{one.name}` | {median_us:.1f} | {low:.1f}-{high:.1f} | {limit_us:.1f} "
            f"| {limit_us / median_us:.2f} | {second.median_s * US:.0f} / {file.median_s * US:.0f} "
            f"| {times:.1f} / {file.over(ours).median_s:.1f} |"
        )
    rates = in_turn({"single": MatrixProduct(), "double": MatrixProduct("float64")}, rounds=rounds)
    single, double = (FLOP / rates[name].median_s / 1e9 for name in ("single", "double"))
    yield (
        f"\nThe limit is that of the FLOPs of all weights, masked ones included, at the rate of a "
        f"512 x 512 product in single precision, measured in turn with the rest: {single:.0f} "
        f"GFLOP/s ({double:.0f} in double). The product skips what `lr` masks, so that its share "
        "is not bounded by 1. The textbook's products are those of torch.\n"
    )
    yield from (*targets, "")


def _contestants(one: Network) -> dict[str, Callable[[], object]]:
    windows, many = _windows(SECOND), _windows(FILE)
    with torch.no_grad():
        by_textbook = one.textbook(torch.from_numpy(windows)).numpy()
    np.testing.assert_allclose(one.made.score_windows(windows)[0], by_textbook, atol=1e-4)

    def textbook(values: NDArray[np.float32]) -> Callable[[], object]:
        tensor = torch.from_numpy(values)

        def score() -> object:
            with torch.no_grad():
                return one.textbook(tensor)

        return score

    return {
        "ours": lambda: one.made.score_windows(windows),
        "second": textbook(windows),
        "file": textbook(many),
        "limit": MatrixProduct(),
    }


def _windows(n: int) -> NDArray[np.float32]:
    shape = (n, FEATURES.n_frames, FEATURES.n_mels)
    return np.random.default_rng(1).standard_normal(shape, dtype=np.float32)


def _per_window(timed: Timed, n_windows: int) -> Timed:
    return Timed(timed.seconds / n_windows)


def front_end(rounds: int) -> Iterator[str]:
    """Microseconds per frame."""
    log_mel = LogMel(FEATURES, mel_filters(FEATURES))
    rate = FEATURES.sample_rate_hz
    sound = np.random.default_rng(2).standard_normal(10 * rate, dtype=np.float32) * np.float32(0.1)
    n_second, n_clip = rate / FEATURES.hop_length, len(clip_log_mel(sound, FEATURES))
    timed = in_turn(
        {
            "ours": lambda: log_mel.push(sound[:rate]),
            "clip": lambda: clip_log_mel(sound, FEATURES),
            "hop": lambda: hop_log_mel(sound[: 4 * FEATURES.hop_length], FEATURES),
        },
        rounds=rounds,
        calls=3,
    )
    rows = [
        ("the product, a second at a time", "ours", n_second),
        ("librosa, a clip of 10 s", "clip", float(n_clip)),
        ("librosa, each hop", "hop", 3.0),
    ]
    yield "| front end | us per frame | quartiles | times the product |"
    yield "| --- | --- | --- | --- |"
    ours = Timed(timed["ours"].seconds / n_second)
    for what, name, n_frames in rows:
        per_frame = Timed(timed[name].seconds / n_frames)
        low, high = per_frame.spread(US)
        yield (
            f"| {what} | {per_frame.median_s * US:.1f} | {low:.1f}-{high:.1f} "
            f"| {per_frame.over(ours).median_s:.1f} |"
        )
    yield from ("", at_most("front end, us per frame", 10, ours.median_s * US), "")


def profile(rounds: int) -> Iterator[str]:
    """Where the time of a window goes; what no part accounts for is named, so that all add up."""
    yield "| where a window's time goes, us | `idnn` | `lr` |"
    yield "| --- | --- | --- |"
    idnn, lr = (_parts(network(name), rounds) for name in ("idnn", "lr"))
    for part in idnn:
        yield f"| {part} | {idnn[part]:.1f} | {lr[part]:.1f} |"
    yield f"| all | {sum(idnn.values()):.1f} | {sum(lr.values()):.1f} |\n"


def _parts(one: Network, rounds: int) -> dict[str, float]:
    windows, chosen = _windows(SECOND), ordering(one.name, n_frames=FEATURES.n_frames)
    network = one.made.network
    places = range(len(chosen.scored))
    targets = np.zeros((FEATURES.n_mels, COLUMNS), dtype=np.float32)
    workspace = network.workspace()
    units = network.hidden(windows, workspace)

    def products() -> None:
        for place in places:
            network.densities(units, workspace, place=place)

    def mixtures() -> None:
        for place in places:
            densities = network.densities(units, workspace, place=place)
            negative_log_likelihood(densities, targets, scratch=workspace.scratch)

    timed = in_turn(
        {
            "hidden": lambda: network.hidden(windows, workspace),
            "products": products,
            "mixtures": mixtures,
            "whole": lambda: one.made.score_windows(windows),
        },
        rounds=rounds,
    )
    us = {name: each.median_s / SECOND * US for name, each in timed.items()}
    return {
        "windows to columns, hidden layers": us["hidden"],
        "last layer": us["products"],
        "mixtures": us["mixtures"] - us["products"],
        "means over frames and bands, weights that left the cache": us["whole"]
        - us["mixtures"]
        - us["hidden"],
    }


if __name__ == "__main__":
    sys.exit(main())
