"""What the papers leave open: each choice beside its alternatives, on faults put into normal sound.

    .venv/bin/python -m benchmarks.open_choices [--conditions plant:clean fan:-6] [--of spectral]

One detector at a time is trained on the sound of `benchmarks/development.py`, with one thing about
it changed, and scores the same faults; `group-made` is pooled by the mean. Nothing was chosen by
this table that was not chosen before it. No labelled recording is read. A table comes out as
Markdown, for `docs/detectors.md`.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from asd_monitor.models.bundle import Bundle
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.training.settings import TrainingSettings
from benchmarks.alternatives import ALTERNATIVES, Alternative
from benchmarks.development import Floats, Mixer, fit, mixed, normal_clips, parts, scored, wins_of
from benchmarks.mixtures import RMS, TRAINING_FOLDS, Sound, has_recordings, load_noises
from benchmarks.outcomes import Outcome, difference

CONDITIONS = ("plant:clean", "plant:-6", "fan:-6")


def main() -> int:
    """Print a table for each detector."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conditions", nargs="+", default=CONDITIONS, metavar="MACHINE:SNR_DB")
    parser.add_argument("--of", nargs="+", default=list(ALTERNATIVES), choices=list(ALTERNATIVES))
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    if not has_recordings():
        return 0
    for of in arguments.of:
        alternatives = ALTERNATIVES[of]
        outcomes = [
            measure(alternatives, condition, seed=seed, epochs=arguments.epochs)
            for seed in range(arguments.seeds)
            for condition in arguments.conditions
        ]
        print("\n".join(table(alternatives, outcomes, arguments.conditions)), flush=True)
    return 0


def measure(
    alternatives: Sequence[Alternative], condition: str, *, seed: int, epochs: int
) -> Outcome:
    """Train and test each of them on one machine in one condition."""
    rows = [_wins(each, condition, seed=seed, epochs=epochs) for each in alternatives]
    machine = condition.partition(":")[0]
    return Outcome(condition=condition, machine=machine, wins=np.concatenate(rows))


def _wins(alternative: Alternative, condition: str, *, seed: int, epochs: int) -> Floats:
    """Of one of them; faults and noises are drawn the same for all."""
    machine, _, how = condition.partition(":")
    mixer = Mixer.of(how, np.random.default_rng([seed, *condition.encode()]))
    fitted, _, tested = parts(normal_clips(machine, at_rms=None if mixer.snr_db is None else RMS))
    settings = TrainingSettings(
        detector=alternative.detector,
        ordering=alternative.ordering,
        components=alternative.components,
        seed=seed,
        epochs=epochs,
        hold_out=0.0,
    )
    with alternative.changed():
        bundle = fit(mixed(fitted, load_noises(TRAINING_FOLDS), mixer), settings)
        wins = wins_of(lambda sounds: _scores(bundle, sounds), tested, mixer)
    print(f"{condition}, seed {seed}: {alternative.name} {wins.mean():.3f}", file=sys.stderr)
    return wins


def _scores(bundle: Bundle, sounds: Iterable[Sound]) -> Floats:
    scorer = Scorer(bundle)
    return np.array([[scored(scorer, sound).score for sound in sounds]])


def table(
    alternatives: Sequence[Alternative], outcomes: Sequence[Outcome], conditions: Sequence[str]
) -> Iterator[str]:
    """A row for each; the first is what is used, and the others are compared with it."""
    yield f"| | {' | '.join(conditions)} | mean | minus the first |"
    yield "| --- |" + " --- |" * (len(conditions) + 2)
    for place, alternative in enumerate(alternatives):
        areas = [
            np.mean([each.wins[place].mean() for each in outcomes if each.condition == condition])
            for condition in conditions
        ]
        cells = [f"{area:.3f}" for area in (*areas, np.mean(areas))]
        lead = "{:+.3f} ({:+.3f} to {:+.3f})".format(*difference(outcomes, place, 0))
        cells.append(lead if place else "")
        yield f"| {alternative.name} | {' | '.join(cells)} |"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
