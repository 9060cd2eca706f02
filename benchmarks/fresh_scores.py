"""How often fresh normal sound exceeds a threshold, by whose scores that threshold was set.

    .venv/bin/python -m benchmarks.fresh_scores [--detector spectral] [--epochs 100] [--turns 4]

Of each machine beside the project, 60 % of the normal clips by time are given, and the rest comes
later. Given clips train and calibrate in three ways: naively, all of them for both; by holding out
their last 30 %; by cross-fitting in five blocks. The conformal rule then sets thresholds for
nominal shares of single clips, and the share of the later clips above them is what is realised.
Each turn begins with another clip. Nothing is chosen here. A table comes out as Markdown.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.normal.collect import CollectSettings, collect
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.rule import scores_needed
from asd_monitor.calibrate.rules.conformal import Conformal
from asd_monitor.models.bundle import Bundle, save_bundle
from asd_monitor.models.siblings import load_siblings, save_sibling
from asd_monitor.models.training.cross_fit import cross_fit
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.train import train
from benchmarks.mixtures import has_recordings, normal_clips

GIVEN = 0.6
HOLD_OUT = 0.3
N_BLOCKS = 5
NOMINAL = (0.2, 0.1, 0.05)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to come to scores of normal sound.

    Attributes:
        bundle: the network that listens.
        siblings: of it.
        is_naive: scores what it was fitted on as if that were fresh.
    """

    bundle: Bundle
    siblings: tuple[Bundle, ...] = ()
    is_naive: bool = False


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--detector", default="spectral")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--turns", type=int, default=4)
    arguments = parser.parse_args()
    if not has_recordings():
        return 0
    settings = TrainingSettings(detector=arguments.detector, epochs=arguments.epochs, hold_out=0.0)
    nominal = " | ".join(f"{share:.0%}" for share in NOMINAL)
    print(f"| machine | scores of | clips | {nominal} |\n|---|---|---{'|---' * len(NOMINAL)}|")
    for machine in ("fan", "plant"):
        for row in rows(machine, settings, arguments.turns):
            print(row, flush=True)
    return 0


def rows(machine: str, settings: TrainingSettings, n_turns: int) -> Iterator[str]:
    """A row for each way, the mean over the turns."""
    clips = normal_clips(machine)
    realised: dict[str, list[Floats]] = {}
    n_scores: dict[str, int] = {}
    for turn in range(n_turns):
        first = turn * len(clips) // n_turns
        turned = [*clips[first:], *clips[:first]]
        n_given = round(GIVEN * len(clips))
        given, later = turned[:n_given], turned[n_given:]
        for name, way in ways(given, settings).items():
            normal = _normal(given, way)
            n_scores[name] = len(normal.clips)
            share = exceeding(normal, later, way.bundle)
            realised.setdefault(name, []).append(share)
    for name, shares in realised.items():
        means = np.mean(shares, axis=0)
        said = " | ".join("-" if np.isnan(share) else f"{share:.0%}" for share in means)
        yield f"| {machine} | {name} | {n_scores[name]} | {said} |"


def ways(given: Sequence[Path], settings: TrainingSettings) -> Mapping[str, Way]:
    """Train in all ways."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "bundle.safetensors"
        whole = cross_fit(
            given,
            settings,
            _ignore,
            n_blocks=N_BLOCKS,
            keep=lambda sibling: save_sibling(sibling, path),
            begin=lambda: None,
        )
        whole = save_bundle(whole, path)
        siblings = load_siblings(whole, path)
    held_out = train(given, replace(settings, hold_out=HOLD_OUT), _ignore)
    return {
        "sound that was trained on": Way(whole, is_naive=True),
        f"the held-out {HOLD_OUT:.0%}": Way(held_out),
        f"{N_BLOCKS} siblings (cross-fit)": Way(whole, siblings),
    }


def _normal(given: Sequence[Path], way: Way) -> NormalSound:
    bundle = _unseeing(way.bundle) if way.is_naive else way.bundle
    return collect(given, bundle, CollectSettings(keep_all=True), siblings=way.siblings)


def exceeding(normal: NormalSound, later: Sequence[Path], bundle: Bundle) -> Floats:
    """Share of later clips above the threshold for each nominal share, ``(n_nominal,)``.

    NaN where the rule refuses to set one, because the clips are too few.
    """
    scores = np.array([clip.score for clip in normal.clips])
    fresh = collect(later, bundle, CollectSettings(keep_all=True))
    judged = np.array([normal.fusion.fuse(clip.voices) for clip in fresh.clips])
    realised = np.full(len(NOMINAL), np.nan)
    for number, share in enumerate(NOMINAL):
        if len(scores) >= scores_needed(share):
            realised[number] = (judged > Conformal().fit(scores, exceedance=share).value).mean()
    return realised


def _unseeing(bundle: Bundle) -> Bundle:
    return replace(bundle, provenance=replace(bundle.provenance, stretches=()))


def _ignore(_progress: object) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
