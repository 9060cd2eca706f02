"""Promised against realised false alarms on real sound, and what a budget costs in delay.

    .venv/bin/python -m benchmarks.promises promised
    .venv/bin/python -m benchmarks.promises delays

For each machine beside the project one detector is trained on the first part of its normal clips.
What it has not seen is split again and again by time: one half calibrates, the other is judged, for
budgets that minutes of sound can speak about. Then faults of growing strength are mixed into fresh
sound of the fan, played as one stream, and the time to the alarm is taken, for rarer budgets too,
whose thresholds are extrapolations. Nothing is chosen here. Tables come out as Markdown.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.special import gammaincinv

from asd_monitor.calibrate.budget import Budget, parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.normal.collect import collect
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.rehearsal import rehearse
from asd_monitor.calibrate.transition import TransitionKind
from asd_monitor.calibrate.verification import observe
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle, save_bundle
from asd_monitor.models.fusion import Fusion
from asd_monitor.models.recordings import file_sha256
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import ClipScore
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.train import train
from benchmarks.anomalies import KINDS, Kind
from benchmarks.mixtures import RATE_HZ, Sound, has_recordings, load, normal_clips

HOLD_OUT = 0.6
N_SPLITS = 8
BUDGETS = tuple(map(parse_budget, ("1/10min", "1/5min", "1/2min", "1/min")))
DELAY_BUDGETS = tuple(map(parse_budget, ("1/10min", "1/h", "1/day", "1/week")))
NORMAL_S = 60
DRAWS = 5
AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Machine:
    """A trained detector and the normal clips of its machine that it has not seen, in order."""

    name: str
    bundle: Bundle
    fresh: tuple[Path, ...]


def main() -> int:
    """Print one of the two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["promised", "delays"])
    what = parser.parse_args().what
    if not has_recordings():
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        if what == "delays":
            print_delays(trained("fan", Path(scratch)))
        else:
            print_promised([trained(name, Path(scratch)) for name in ("fan", "plant")])
    return 0


def print_promised(machines: Sequence[Machine]) -> None:
    """A row per machine and budget."""
    print("| machine | budget | rules | promised | realised | 95 % interval |")
    print("|---" * 6 + "|")
    for machine in machines:
        for budget in BUDGETS:
            print(promised_and_realised(machine, budget), flush=True)


def trained(name: str, folder: Path) -> Machine:
    """Train on the first part of a machine's normal clips."""
    normal = normal_clips(name)
    settings = TrainingSettings(detector="ensemble", hold_out=HOLD_OUT)
    bundle = save_bundle(train(normal, settings, lambda _: None), folder / f"{name}.safetensors")
    seen = {stretch.sha256 for stretch in bundle.provenance.stretches}
    return Machine(name, bundle, tuple(path for path in normal if file_sha256(path) not in seen))


def promised_and_realised(machine: Machine, budget: Budget) -> str:
    """A row of the table: the mean over the splits, and its interval.

    Every clip is judged in half of the splits, so the interval is that of the mean count on the
    distinct sound, by the exact one for a Poisson count (Garwood 1936).
    """
    alarms, seconds, used = 0, 0.0, set()
    for calibrating, judging in splits(machine.fresh):
        limits = calibrated(collect(calibrating, machine.bundle), machine, budget)
        observation = observe(judging, machine.bundle, limits, channel=None)
        alarms, seconds = alarms + observation.alarms, seconds + observation.seconds
        used.add(limits.rule)
    times_judged = N_SPLITS / 2
    mean, distinct_s = alarms / times_judged, seconds / times_judged
    low = float(gammaincinv(mean, 0.025)) if mean else 0.0
    high = float(gammaincinv(mean + 1, 0.975))
    promised = budget.rate_per_s * distinct_s
    return (
        f"| {machine.name}, {distinct_s / 60:.1f} min | {budget.text} | {', '.join(sorted(used))}"
        f" | {promised:.1f} | {mean:.1f} | {low:.1f} to {high:.1f} |"
    )


def splits(clips: Sequence[Path]) -> Iterator[tuple[list[Path], list[Path]]]:
    """Halves by time: a stretch that goes round from the last clip to the first, and the rest."""
    half = len(clips) // 2
    for start in np.linspace(0, len(clips), N_SPLITS, endpoint=False).astype(int):
        turned = [*clips[start:], *clips[:start]]
        yield turned[:half], turned[half:]


def calibrated(normal: NormalSound, machine: Machine, budget: Budget) -> Calibration:
    """Thresholds for a budget, from sound that is already scored."""
    settings = CalibrationSettings(budget=budget, warning_budget=budget)
    return calibrate(normal, machine.bundle, settings, machine=machine.name, created_at=AT)


def print_delays(machine: Machine) -> None:
    """Time to the alarm, a row per fault and strength and a column per budget."""
    half = len(machine.fresh) // 2
    normal = collect(machine.fresh[:half], machine.bundle)
    limits = [calibrated(normal, machine, budget) for budget in DELAY_BUDGETS]
    sound = np.concatenate([load(path) for path in machine.fresh[half:]])
    heads = [budget.text + ("*" if each.extrapolated else "")
             for budget, each in zip(DELAY_BUDGETS, limits, strict=True)]  # fmt: skip
    print(f"| fault | strength | {' | '.join(heads)} |\n|---|---{'|---' * len(heads)}|")
    for kind in KINDS:
        for strength in reversed(kind.noisy):
            streams = list(faulty_streams(machine, normal.fusion, sound, kind, strength))
            cells = [say_delays([delay_s(stream, each) for stream in streams]) for each in limits]
            print(f"| {kind.name} | {strength:g} {kind.unit} | {' | '.join(cells)} |", flush=True)


def faulty_streams(
    machine: Machine, fusion: Fusion, sound: Sound, kind: Kind, strength: float
) -> Iterator[tuple[ClipScore, ...]]:
    """The clips of streams in which a fault begins after a minute and stays, each another draw."""
    begin = NORMAL_S * RATE_HZ
    for seed in range(DRAWS):
        generator = np.random.default_rng(seed)
        faulty = kind.put_into(sound[begin:], strength, generator)
        yield scored(machine.bundle, fusion, np.concatenate([sound[:begin], faulty]))


def scored(bundle: Bundle, fusion: Fusion, sound: Sound) -> tuple[ClipScore, ...]:
    """The clips of an unbroken stream."""
    return clips_of(Scorer(bundle, fusion=fusion), sound)


def clips_of(scorer: Scorer, sound: Sound) -> tuple[ClipScore, ...]:
    """The clips of an unbroken stream, scored from its beginning to its end."""
    block = AudioBlock(
        samples=sound, sample_rate_hz=RATE_HZ, first_sample=0, captured_at=AT, gap_before=False
    )
    return (*scorer.push(block).clips, *scorer.finish().clips)


def delay_s(stream: Sequence[ClipScore], calibration: Calibration) -> float | None:
    """Seconds from the beginning of the fault to the alarm; None where there is none."""
    opened = [
        transition.sample / RATE_HZ - NORMAL_S
        for transition in rehearse([stream], calibration, sample_rate_hz=RATE_HZ)
        if transition.kind is TransitionKind.OPENED
    ]
    return next((delay for delay in opened if delay > 0), None)


def say_delays(delays: Sequence[float | None]) -> str:
    """The median of the delays in minutes, and how many there are where not all."""
    found = [delay for delay in delays if delay is not None]
    if not found:
        return "-"
    said = f"{float(np.median(found)) / 60:.2f}"
    return said if len(found) == len(delays) else f"{said} ({len(found)} of {len(delays)})"


if __name__ == "__main__":
    sys.exit(main())
