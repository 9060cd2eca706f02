"""Detection of every detector on the recordings beside the project, clean and in noise.

    .venv/bin/python -m benchmarks.detection [--seeds 3] [--epochs 100] [--noise clean 0 -6 -12]

Trains on `plant/train`, standardises on its last part, scores `plant/test`, and writes the table of
areas under the ROC curve to `docs/detection.md`, with what the ensemble has over each of the others
on the same files. Noise is mixed in by the recipe in the
recordings' own README: folds 1 and 2 of `background` for training, three noises for each clip,
fold 3 for testing. Nothing is chosen here: the labelled clips are only looked at.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from asd_monitor.calibrate.evaluation.measured import Measured
from asd_monitor.calibrate.evaluation.measured import measure as figures_of
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.calibrate.normal.collect import collect
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.detector import ENSEMBLE, ENSEMBLE_KINDS
from asd_monitor.models.files import write_atomically
from asd_monitor.models.fusion import AND, CLIP, Fusion
from asd_monitor.models.recordings import open_recording, read_blocks
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.train import train
from benchmarks.detection_page import KINDS, Poolings, Rows, Run, page, value
from benchmarks.mixtures import (
    DATA,
    RATE_HZ,
    RMS,
    ROOT,
    TESTING_FOLDS,
    TRAINING_FOLDS,
    crop,
    has_recordings,
    load,
    load_noises,
    scaled,
)


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--noise", nargs="+", default=["clean", "0", "-6", "-12"])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "detection.md")
    arguments = parser.parse_args()
    if not has_recordings():
        return 0
    begun_s = time.monotonic()
    rows: Rows = {}
    poolings: Poolings = {}
    for noise in arguments.noise:
        for seed in range(arguments.seeds):
            for name, measured, by in measure(noise, seed=seed, epochs=arguments.epochs):
                print(
                    f"noise {noise}, seed {seed}: {name} {value(measured, 'auc'):.3f} {by}",
                    flush=True,
                )
                rows.setdefault((name, noise), []).append(measured)
                if name == ENSEMBLE:
                    poolings.setdefault(noise, {})[by] = None
    run = Run(
        noises=arguments.noise,
        seeds=arguments.seeds,
        epochs=arguments.epochs,
        minutes=(time.monotonic() - begun_s) / 60,
    )
    write_atomically(arguments.out, page(rows, poolings, run).encode())
    return 0


def measure(noise: str, *, seed: int, epochs: int) -> Iterator[tuple[str, Measured, str]]:
    """Name, figures and pooling of each detector, and of the ensemble of those it has."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_set(folder / "train", DATA / "plant" / "train", noise, folds=TRAINING_FOLDS, copies=3)
        write_set(folder / "test", DATA / "plant" / "test", noise, folds=TESTING_FOLDS, copies=1)
        bundles = {kind: fit(folder / "train", kind, seed, epochs) for kind in KINDS}
        ensemble = replace(
            bundles["group-made"],
            members=tuple(bundles[kind].members[0] for kind in ENSEMBLE_KINDS),
        )
        for name, bundle in {**bundles, ENSEMBLE: ensemble}.items():
            normal = collect([folder / "train"], bundle)
            scores = {
                path.name: score(path, bundle, normal.fusion)
                for path in sorted((folder / "test").iterdir())
            }
            ways = (voice.pooling for voice in normal.fusion.voices if voice.pooling != CLIP)
            yield name, figures(scores), AND.join(ways)


def fit(folder: Path, kind: str, seed: int, epochs: int) -> Bundle:
    """Train one detector."""
    settings = TrainingSettings(detector=kind, seed=seed, epochs=epochs)
    return train([folder], settings, lambda _: None)


def score(path: Path, bundle: Bundle, fusion: Fusion) -> float:
    """The score of one clip, by the scorer that listens."""
    scorer = Scorer(bundle, fusion=fusion)
    for block in read_blocks(open_recording(path), channel=None):
        scorer.push(block)
    (clip,) = scorer.finish().clips
    return clip.score


def figures(scores: dict[str, float]) -> Measured:
    """Of anomalies of both kinds against normal clips; the same files are drawn for everyone."""
    normal, anomalous = (
        np.array(
            [score for name, score in scores.items() if name.startswith("normal") is is_normal]
        )
        for is_normal in (True, False)
    )
    return figures_of(np.array(normal), np.array(anomalous), threshold=None, costs=Costs(), seed=0)


def write_set(target: Path, source: Path, noise: str, *, folds: str, copies: int) -> None:
    """Write clips at 16 kHz, each with some noises mixed in, in their order of time."""
    target.mkdir()
    noises = load_noises(folds)
    generator = np.random.default_rng(0)
    for path in sorted(source.iterdir()):
        clip = scaled(load(path), RMS)
        for copy in range(1 if noise == "clean" else copies):
            mixed = clip
            if noise != "clean":
                mixed = clip + crop(
                    noises, n_samples=len(clip), snr_db=float(noise), generator=generator
                )
            soundfile.write(target / f"{path.stem}_{copy}.wav", mixed, RATE_HZ, subtype="FLOAT")


if __name__ == "__main__":
    sys.exit(main())
