"""What learning to ignore gain costs and buys: faults found and false alarms at other gains.

    .venv/bin/python -m benchmarks.level_robustness [--conditions plant:clean fan:-6] [--seeds 2]

The ensemble is trained with several ranges of random gain (`asd-monitor train --gain-range`), on
the same parts of the same normal sound as `benchmarks/development.py` and with the same faults.
The threshold is the score that 5 % of the clips exceed that the voices are standardised on; then
the normal test clips are played louder and quieter, as after a turn of the microphone's knob. No
labelled recording is read. The page `docs/level-robustness.md` comes out.
"""

import argparse
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from asd_monitor.models.detector import ENSEMBLE
from asd_monitor.models.files import write_atomically
from asd_monitor.models.training.settings import TrainingSettings
from benchmarks.candidates import CANDIDATES, CHOSEN, Floats, candidates_on, fused
from benchmarks.development import (
    Mixer,
    fit,
    mixed,
    normal_clips,
    parsed,
    parts,
    voice_scores,
    wins_of,
)
from benchmarks.mixtures import (
    RMS,
    TESTING_FOLDS,
    TRAINING_FOLDS,
    Sound,
    has_recordings,
    load_noises,
)

CONDITIONS = ["plant:clean", "plant:-6", "fan:clean", "fan:-6"]
GAIN_RANGES_DB = (0.0, 3.0, 6.0, 12.0)
OFFSETS_DB = (-10, -6, -3, -1, 0, 1, 3, 6, 10)
NOMINAL = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one range of gains led to in one condition, with one seed.

    Attributes:
        condition: such as ``plant:-6``.
        gain_range_db: trained with.
        area: under the ROC curve, mean over kinds and strengths of faults, at the gain as it was.
        false_alarms: share of normal test clips above the threshold, for each of `OFFSETS_DB`.
    """

    condition: str
    gain_range_db: float
    area: float
    false_alarms: tuple[float, ...]


def main() -> int:
    """Measure and write the page."""
    arguments = parsed(__doc__, conditions=CONDITIONS, page="level-robustness.md")
    if not has_recordings():
        return 0
    begun_s = time.monotonic()
    outcomes = [
        measure(condition, gain_range_db=range_db, seed=seed, epochs=arguments.epochs)
        for seed in range(arguments.seeds)
        for condition in arguments.conditions
        for range_db in GAIN_RANGES_DB
    ]
    minutes = (time.monotonic() - begun_s) / 60
    write_atomically(arguments.out, page(outcomes, arguments, minutes=minutes).encode())
    return 0


def measure(condition: str, *, gain_range_db: float, seed: int, epochs: int) -> Outcome:
    """Train, set a threshold, and test at every gain."""
    machine, _, noise = condition.partition(":")
    mixer = Mixer.of(noise, np.random.default_rng([seed, *condition.encode()]))
    fitted, held_out, tested = parts(normal_clips(machine, at_rms=RMS))
    noises = load_noises(TRAINING_FOLDS)
    settings = TrainingSettings(
        detector=ENSEMBLE, seed=seed, epochs=epochs, hold_out=0.0, gain_range_db=gain_range_db
    )
    bundle = fit(mixed(fitted, noises, mixer), settings)
    reference = voice_scores(bundle, mixed(held_out, noises, mixer))
    chosen = [candidates_on(reference)[CANDIDATES.index(CHOSEN)]]
    threshold = np.quantile(fused(chosen, reference), 1 - NOMINAL)
    normal = mixed(tested, load_noises(TESTING_FOLDS), mixer)

    def scores(sounds: Iterable[Sound]) -> Floats:
        return fused(chosen, voice_scores(bundle, sounds))

    def false_alarms(offset_db: float) -> float:
        return float((scores(louder(normal, offset_db)) > threshold).mean())

    outcome = Outcome(
        condition=condition,
        gain_range_db=gain_range_db,
        area=float(wins_of(scores, tested, mixer).mean()),
        false_alarms=tuple(false_alarms(offset_db) for offset_db in OFFSETS_DB),
    )
    print(outcome, flush=True)
    return outcome


def louder(clips: Iterable[Sound], offset_db: float) -> list[Sound]:
    """The clips as a microphone with another gain hears them."""
    factor = np.float32(10 ** (offset_db / 20))
    return [clip * factor for clip in clips]


def page(outcomes: Sequence[Outcome], arguments: argparse.Namespace, *, minutes: float) -> str:
    """The page."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("asd-monitor", "torch", "numpy"))
    command = (
        f".venv/bin/python -m benchmarks.level_robustness --seeds {arguments.seeds} "
        f"--epochs {arguments.epochs} --conditions {' '.join(arguments.conditions)}"
    )
    lines = [
        "# What ignoring gain costs and buys",
        "",
        "```sh",
        command,
        "```",
        "",
        f"writes this page: {minutes:.0f} minutes on {platform.machine()}; {versions}.",
        "",
        "`asd-monitor train --gain-range 6`, the default, shows the detector every window at a",
        "random gain of plus or minus 6 dB. The default ensemble was trained so with several",
        "ranges, on the sound and with the faults of",
        "[detection-choices.md](detection-choices.md).",
        "",
        "Area under the ROC curve of faulty against normal clips at the gain as it was, mean over",
        f"kinds and strengths (seeds: {arguments.seeds}): what a range costs.",
        "",
        *_table(
            arguments.conditions,
            lambda range_db, condition: f"{_mean_area(outcomes, range_db, condition):.3f}",
        ),
        "",
        f"Share of normal clips above a threshold that {NOMINAL:.0%} of other normal clips exceed,",
        "when the microphone's gain has changed since, mean over the conditions: what it buys.",
        "",
        *_table(
            [f"{offset_db:+d} dB" for offset_db in OFFSETS_DB],
            lambda range_db, heading: f"{_mean_alarms(outcomes, range_db, heading):.1%}",
        ),
        "",
    ]
    return "\n".join(lines)


def _table(headings: Sequence[str], cell: Callable[[float, str], str]) -> list[str]:
    rows = [
        f"| {range_db:g} dB | " + " | ".join(cell(range_db, heading) for heading in headings) + " |"
        for range_db in GAIN_RANGES_DB
    ]
    return [
        "| gain range | " + " | ".join(headings) + " |",
        "| --- |" + " --- |" * len(headings),
        *rows,
    ]


def _mean_area(outcomes: Sequence[Outcome], range_db: float, condition: str) -> float:
    areas = [
        outcome.area
        for outcome in outcomes
        if (outcome.gain_range_db, outcome.condition) == (range_db, condition)
    ]
    return float(np.mean(areas))


def _mean_alarms(outcomes: Sequence[Outcome], range_db: float, heading: str) -> float:
    column = OFFSETS_DB.index(int(heading.split(maxsplit=1)[0]))
    shares = [
        outcome.false_alarms[column] for outcome in outcomes if outcome.gain_range_db == range_db
    ]
    return float(np.mean(shares))


if __name__ == "__main__":
    sys.exit(main())
