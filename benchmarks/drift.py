"""How often the test for a drift calls an unchanged machine a drifting one, in simulation.

    .venv/bin/python -m benchmarks.drift [--machines 100] [--watched 20]

Many machines are simulated, each with sound to calibrate on and a week to listen to, of two kinds
of `benchmarks.false_alarms`. The test looks at the last day, as `asd-monitor drift` does; of some,
the week is heard by the watch of a daemon, which looks once an hour. Printed are how many single
looks find a drift; the share of hourly looks; the share of weeks in which one of those does; and
the share of single looks that find a true shift of half a standard deviation of a clip. A table
comes out as Markdown. Nothing is chosen here.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.calibration import Calibration, Spread, thin
from asd_monitor.calibrate.drift import HOUR_S, DriftWatch, find_drift
from benchmarks.false_alarms import CLIP_S, DAY_S, KINDS, RATE_HZ, WEEK_S, Noise
from tests.support.clip_scores import a_calibration, session

Floats = NDArray[np.float64]

AMOUNTS = {"8 h": 28_800, "1 week": WEEK_S - CLIP_S}
UNCHANGED = ("independent", "autocorrelated")
SHIFT = 0.5
CLIPS_PER_LOOK = round(HOUR_S / CLIP_S)


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine was calibrated on, and clips of a week after that do not overlap."""

    calibration: Calibration
    week: Floats

    @property
    def last_day(self) -> Floats:
        """What a single look compares."""
        return self.week[-DAY_S // CLIP_S :]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=100, help="For the single look.")
    parser.add_argument("--watched", type=int, default=20, help="Of them, by a daemon's watch.")
    arguments = parser.parse_args()
    print(
        "| sound | calibrated on | a look finds a drift | hourly looks that do |"
        " weeks with one | a shift of 0.5 is found |\n|---|---|---|---|---|---|"
    )
    for kind in UNCHANGED:
        noise = KINDS[kind]
        for amount, seconds in AMOUNTS.items():
            generator = np.random.default_rng(0)
            machines = [machine(noise, seconds, generator) for _ in range(arguments.machines)]
            print(f"| {kind} | {amount} | {measured(machines, arguments.watched)} |", flush=True)
    return 0


def machine(noise: Noise, seconds: int, generator: np.random.Generator) -> Machine:
    """Simulate two weeks, and calibrate on the end of the first."""
    before, after = (smoothed(noise(generator)) for _ in range(2))
    scores = before[-seconds:]
    blocks = len(scores) // CLIP_S
    template = a_calibration(critical=float(scores.max()) + 1)
    calibration = replace(
        template,
        scores=thin(scores),
        n_scores=len(scores),
        normal=Spread(
            mean=float(scores.mean()), median=float(np.median(scores)), std=float(scores.std())
        ),
        evidence=replace(template.evidence, blocks=blocks, clips=len(scores)),
    )
    return Machine(calibration, after[::CLIP_S])


def smoothed(seconds: Floats) -> Floats:
    """The scores of clips of ten seconds, one a second."""
    sums = np.cumsum(seconds)
    return (sums[CLIP_S:] - sums[:-CLIP_S]) / CLIP_S


def measured(machines: Sequence[Machine], watched: int) -> str:
    """The last four cells of a row."""
    looks = [drifts(each, each.last_day) for each in machines]
    shifted = [drifts(each, each.last_day + SHIFT * each.last_day.std()) for each in machines]
    said = [look for look in looks if look is not None]
    if not said:
        return "too little to say | - | - | -"
    hourly = [hourly_looks(each) for each in machines[:watched]]
    return (
        f"{sum(said)} of {len(said)} | {np.mean(hourly):.1%} |"
        f" {np.mean([any(week) for week in hourly]):.0%} |"
        f" {np.mean([bool(each) for each in shifted]):.0%}"
    )


def drifts(each: Machine, scores: Floats) -> bool | None:
    """Whether a look finds a drift; None where it says nothing."""
    drift = find_drift([scores], each.calibration)
    return None if drift is None else drift.is_drift


def hourly_looks(each: Machine) -> list[bool]:
    """What the watch of a daemon says once an hour for a week."""
    watch = DriftWatch(each.calibration, sample_rate_hz=RATE_HZ)
    looks = []
    for number, clip in enumerate(session(each.week, hop_s=float(CLIP_S)), start=1):
        watch.push(clip)
        if number % CLIPS_PER_LOOK == 0:
            looks.append(watch.distance is not None)
    return looks


if __name__ == "__main__":
    sys.exit(main())
