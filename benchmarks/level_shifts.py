"""A moved microphone and a machine that grew louder, on the recordings of `fan`: told apart or not?

    .venv/bin/asd-monitor train ../shared/data/fan/train/normal_id_00_000000[0-4]?.flac \
        --hold-out 0 --out /tmp/fan.safetensors
    .venv/bin/python -m benchmarks.level_shifts /tmp/fan.safetensors

Calibrates on the last 25 clips and plays the first 50 as one stream, changed after two minutes: all
of it louder or quieter, or some of its frequencies only. Prints what is said from 70 s after the
change on, and the alarms. The recordings stay where they are. What was trained on is judged, and
clips follow each other that did not: this shows levels, not detection.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.collect import collect
from asd_monitor.calibrate.transition import TransitionKind
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle, load_bundle
from asd_monitor.models.recordings import open_recording, read_blocks
from asd_monitor.monitor.pipeline import Pipeline

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "fan"
FITTED = 50
RATE_HZ = 16_000
CHANGE_S = 120
SETTLED_S = 70
BEGAN_AT = datetime(2026, 1, 1, tzinfo=UTC)

Sound = NDArray[np.float32]
Change = Callable[[Sound], Sound]


def main() -> int:
    """Play every change and print a row of a Markdown table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, help="Trained on the first 50 clips.")
    arguments = parser.parse_args()
    if not DATA.is_dir():
        print(f"skipped: there are no recordings in {DATA}")
        return 0
    files = sorted(DATA.rglob("normal*"))
    bundle = load_bundle(arguments.bundle)
    budget = parse_budget("1/h")
    calibration = calibrate(
        collect(files[FITTED:], bundle, channel=None),
        bundle,
        CalibrationSettings(budget=budget, warning_budget=budget),
        machine="fan",
        created_at=BEGAN_AT,
    )
    stream = np.concatenate([_samples(path) for path in files[:FITTED]])
    print("| change | said of the clips after it | level_shift_db | alarms |\n|---|---|---|---|")
    for name, change in changes().items():
        print(f"| {name} | {outcome(stream, change, bundle, calibration)} |", flush=True)
    return 0


def changes() -> dict[str, Change]:
    """What is done to the sound, by name."""
    gains = {f"all {gain:+} dB": _louder(0, RATE_HZ, gain) for gain in _GAINS_DB}
    nothing: dict[str, Change] = {"nothing": lambda sound: sound}
    bands = {
        f"{low} to {high} Hz {gain:+} dB": _louder(low, high, gain)
        for gain in (6, 10, 15)
        for low, high in _BANDS_HZ
    }
    return nothing | gains | bands | {"off (white noise, -60 dBFS)": _hiss}


_GAINS_DB = (3, 6, 10, 15, -3, -6, -10, -15)
_BANDS_HZ = ((0, 500), (500, 2000), (2000, 8000), (0, 2000), (0, 4000), (0, 6000))


def outcome(stream: Sound, change: Change, bundle: Bundle, calibration: Calibration) -> str:
    """What the pipeline says after the change: three cells of the table."""
    sound = stream.copy()
    sound[CHANGE_S * RATE_HZ :] = change(sound[CHANGE_S * RATE_HZ :])
    pipeline = Pipeline(bundle, calibration)
    outcomes = [pipeline.push(block) for block in _blocks(sound)]
    outcomes.append(pipeline.finish())
    settled = BEGAN_AT + timedelta(seconds=CHANGE_S + SETTLED_S)
    clips = [clip for each in outcomes for clip in each.clips]
    judged = [clip for clip in clips if clip.ended_at > settled]
    said = Counter(str(each.verdict.reason or each.verdict.severity) for each in judged)
    shifts = [each.verdict.level_shift_db for each in judged if each.verdict.level_shift_db]
    alarms = sum(
        dated.transition.kind is TransitionKind.OPENED
        for each in outcomes
        for dated in each.transitions
    )
    shares = ", ".join(f"{what} {n / len(judged):.0%}" for what, n in said.most_common())
    return f"{shares} | {f'{np.median(shifts):+.1f}' if shifts else '-'} | {alarms}"


def _samples(path: Path) -> Sound:
    return np.concatenate([b.samples for b in read_blocks(open_recording(path), channel=None)])


def _louder(low_hz: float, high_hz: float, gain_db: float) -> Change:
    def change(sound: Sound) -> Sound:
        spectrum = np.fft.rfft(sound)
        frequencies = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
        spectrum[(frequencies >= low_hz) & (frequencies < high_hz)] *= 10 ** (gain_db / 20)
        return np.fft.irfft(spectrum, len(sound)).astype(np.float32)

    return change


def _hiss(sound: Sound) -> Sound:
    return np.random.default_rng(0).normal(0, 1e-3, len(sound)).astype(np.float32)


def _blocks(sound: Sound) -> list[AudioBlock]:
    return [
        AudioBlock(
            samples=sound[first : first + RATE_HZ],
            sample_rate_hz=RATE_HZ,
            first_sample=first,
            captured_at=BEGAN_AT + timedelta(seconds=first / RATE_HZ),
            gap_before=first == 0,
        )
        for first in range(0, len(sound), RATE_HZ)
    ]


if __name__ == "__main__":
    sys.exit(main())
