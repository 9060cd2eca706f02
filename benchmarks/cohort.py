"""What judging a clip beside the normal clips most like it brings, and what it costs.

    .venv/bin/python -m benchmarks.cohort [--conditions plant:-6 fan:-6 plant:-6+fan:-6]

The ensemble is trained on the first 40 % of each machine's normal clips among noise of one level,
or of two machines together, standardised for each machine on the next 30 %, which are the cohort,
too, and tested on the rest, with the faults of `benchmarks/anomalies.py` at their middle strength.
The area under the ROC curve is the mean over faults; false alarms are the share of normal clips
above a threshold that the conformal rule set for 10 % of them. Testing has other noises than
training. Nothing is chosen here. A table comes out as Markdown.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from asd_monitor.calibrate.cohort import MIN_SHARE, beside_cohort
from asd_monitor.calibrate.normal.pooling_choice import choose, draft, places_of
from asd_monitor.calibrate.rules.conformal import Conformal
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.detector import ENSEMBLE
from asd_monitor.models.fusion import Combination, Fusion
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import ClipScore
from asd_monitor.models.training.settings import TrainingSettings
from benchmarks.anomalies import KINDS
from benchmarks.development import Mixer, fit, mixed, normal_clips
from benchmarks.mixtures import (
    RMS,
    TESTING_FOLDS,
    TRAINING_FOLDS,
    Sound,
    has_recordings,
    load_noises,
)
from benchmarks.promises import clips_of

CONDITIONS = ("plant:-6", "fan:-6", "plant:-6+fan:-6")
COHORTS = (None, 5, 10, 20)
FITTED, STANDARDISED = 0.4, 0.7
"""Where the first two parts of a machine's clips end, in order of time."""

NOMINAL = 0.1

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine's sound among noise of one level.

    Attributes:
        name: with the level of the noise.
        mixer: puts clips among noise.
        fitted: normal clips to train on.
        standardised: normal clips to calibrate on.
        tested: clips to test on, without noise.
    """

    name: str
    mixer: Mixer
    fitted: list[Sound]
    standardised: list[Sound]
    tested: list[Sound]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conditions", nargs="+", default=CONDITIONS, metavar="MACHINE:SNR_DB")
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args()
    if not has_recordings():
        return 0
    print("| trained on | machine | nearest | AUC | false alarms |\n|---|---|---|---|---|")
    for condition in arguments.conditions:
        machines = [machine(name) for name in condition.split("+")]
        settings = TrainingSettings(detector=ENSEMBLE, epochs=arguments.epochs, hold_out=0.0)
        bundle = fit([clip for one in machines for clip in one.fitted], settings)
        for one in machines:
            for row in rows(bundle, one):
                print(f"| {condition} | {one.name} | {row} |", flush=True)
    return 0


def machine(name: str) -> Machine:
    """The sound of a machine, drawn the same whoever asks."""
    kind, _, snr_db = name.partition(":")
    mixer = Mixer(float(snr_db), np.random.default_rng([0, *name.encode()]))
    clips = normal_clips(kind, at_rms=RMS)
    first, second = round(FITTED * len(clips)), round(STANDARDISED * len(clips))
    noises = load_noises(TRAINING_FOLDS)
    return Machine(
        name=name,
        mixer=mixer,
        fitted=mixed(clips[:first], noises, mixer),
        standardised=mixed(clips[first:second], noises, mixer),
        tested=clips[second:],
    )


def rows(bundle: Bundle, one: Machine) -> Iterator[str]:
    """A row for each size of the cohort that the clips are enough for."""
    fusion, reference = calibrated(bundle, one.standardised)
    noises, mixer = load_noises(TESTING_FOLDS), one.mixer
    normal = scored(bundle, fusion, mixed(one.tested, noises, mixer))
    faulty = [
        scored(
            bundle,
            fusion,
            [
                mixer.among(noises, kind.put_into(clip, kind.noisy[1], mixer.generator))
                for clip in one.tested
            ],
        )
        for kind in KINDS
    ]
    for nearest in COHORTS:
        if nearest is None or len(reference) >= MIN_SHARE * nearest:
            yield compared(fusion, reference, normal, faulty, nearest=nearest)


def calibrated(bundle: Bundle, normal: Sequence[Sound]) -> tuple[Fusion, list[ClipScore]]:
    """What the product makes of a bundle's voices by normal clips, and these."""
    drafted = draft(bundle, pooling=None, combination=Combination.MEAN)
    clips = scored(bundle, drafted, normal)
    voices = np.array([clip.voices for clip in clips])
    choice = choose(drafted, voices)
    places = places_of(drafted, choice.pooling) if choice else range(len(drafted.voices))
    voices = voices[:, places]
    fusion = drafted.only(places).standardised_on(voices)
    return fusion, [
        replace(clip, voices=tuple(own), score=fusion.fuse(own))
        for clip, own in zip(clips, voices.tolist(), strict=True)
    ]


def compared(
    fusion: Fusion,
    reference: Sequence[ClipScore],
    normal: Sequence[ClipScore],
    faulty: Sequence[Sequence[ClipScore]],
    *,
    nearest: int | None,
) -> str:
    """Size of the cohort, area under the curve, share of false alarms."""
    calibrating = [clip.score for clip in reference]
    if nearest is not None:
        # Each clip is a recording of its own, so that none overlaps another.
        sessions = tuple((clip,) for clip in reference)
        fusion, judged = beside_cohort(fusion, sessions, nearest=nearest, clip_s=1, hop_s=1)
        calibrating = [clip.score for (clip,) in judged]
    level = Conformal().fit(np.array(calibrating), exceedance=NOMINAL).value
    good = _scores(fusion, normal)
    areas = [area(good, _scores(fusion, bad)) for bad in faulty]
    return f"{nearest or 'all'} | {np.mean(areas):.3f} | {(good > level).mean():.0%}"


def scored(bundle: Bundle, fusion: Fusion, sounds: Sequence[Sound]) -> list[ClipScore]:
    """One clip for each sound, with its spectrum."""
    scorer = Scorer(bundle, fusion=fusion)
    return [clip for sound in sounds for clip in clips_of(scorer, sound)]


def _scores(fusion: Fusion, clips: Sequence[ClipScore]) -> Floats:
    return np.array([fusion.clip_score(clip.voices, clip.spectrum_db) for clip in clips])


def area(normal: Floats, faulty: Floats) -> float:
    """Under the ROC curve."""
    labels = np.repeat([0, 1], [len(normal), len(faulty)])
    return float(roc_auc_score(labels, np.concatenate([normal, faulty])))


if __name__ == "__main__":
    sys.exit(main())
