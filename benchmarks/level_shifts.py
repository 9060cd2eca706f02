"""A moved microphone and a machine that grew louder, on real recordings: told apart or not?

    .venv/bin/asd-monitor train ../shared/data/fan/train/normal_id_00_000000[0-4]?.flac \
        --hold-out 0 --out /tmp/fan.safetensors
    .venv/bin/python -m benchmarks.level_shifts fan /tmp/fan.safetensors
    .venv/bin/asd-monitor train $(ls -d ../shared/data/plant/train/* | head -120) \
        --hold-out 0 --out /tmp/plant.safetensors
    .venv/bin/python -m benchmarks.level_shifts plant /tmp/plant.safetensors

Calibrates on some clips and plays others as one stream, changed after two minutes: all of it louder
or quieter, or only what is below or above some frequency. Prints what is said from 70 s after the
change on, and the alarms after it. The recordings stay where they are. Of `fan` the stream is what
was trained on, for there is no more, and clips follow each other that did not: this shows levels,
not detection.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.normal.collect import collect
from asd_monitor.calibrate.transition import TransitionKind
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle, load_bundle
from asd_monitor.models.recordings import open_recording, read_blocks
from asd_monitor.models.resample import StreamResampler
from asd_monitor.monitor.pipeline import Pipeline
from benchmarks.mixtures import DATA, has_recordings

RATE_HZ = 16_000
CHANGE_S = 120
SETTLED_S = 70
BEGAN_AT = datetime(2026, 1, 1, tzinfo=UTC)

Sound = NDArray[np.float32]
Change = Callable[[Sound], Sound]


@dataclass(frozen=True, slots=True)
class Parts:
    """Which of a machine's normal clips, in order, calibrate and which are the stream."""

    calibrating: slice
    streamed: slice


MACHINES = {
    "fan": Parts(calibrating=slice(50, 75), streamed=slice(0, 50)),
    "plant": Parts(calibrating=slice(120, 240), streamed=slice(240, 440)),
}


def main() -> int:
    """Play every change and print a row of a Markdown table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("machine", choices=list(MACHINES))
    parser.add_argument("bundle", type=Path, help="Trained on the machine's first clips.")
    arguments = parser.parse_args()
    folder, parts = DATA / arguments.machine, MACHINES[arguments.machine]
    if not has_recordings(arguments.machine):
        return 0
    files = [path for part in ("train", "test") for path in sorted((folder / part).glob("normal*"))]
    bundle = load_bundle(arguments.bundle)
    budget = parse_budget("1/h")
    calibration = calibrate(
        collect(files[parts.calibrating], bundle),
        bundle,
        CalibrationSettings(budget=budget, warning_budget=budget),
        machine=arguments.machine,
        created_at=BEGAN_AT,
    )
    stream = np.concatenate([_samples(path) for path in files[parts.streamed]])
    print("| change | said of the clips after it | level_shift_db | alarms |\n|---|---|---|---|")
    for name, change in changes().items():
        print(f"| {name} | {outcome(stream, change, bundle, calibration)} |", flush=True)
    return 0


def changes() -> dict[str, Change]:
    """What is done to the sound, by name."""
    gains = {f"all {gain:+} dB": _louder(0, RATE_HZ, gain) for gain in _GAINS_DB}
    nothing: dict[str, Change] = {"nothing": lambda sound: sound}
    below = {
        f"below {cut / 1000:g} kHz {gain:+} dB": _louder(0, cut, gain)
        for gain in _BAND_GAINS_DB
        for cut in _CUTS_HZ
    }
    above = {
        f"above {cut / 1000:g} kHz {gain:+} dB": _louder(cut, RATE_HZ, gain)
        for gain in _BAND_GAINS_DB
        for cut in _CUTS_HZ
    }
    return nothing | gains | below | above | {"off (white noise, -60 dBFS)": _hiss}


_GAINS_DB = (3, 6, 9, 12, 15, -3, -6, -9, -12, -15)
_BAND_GAINS_DB = (6, 12)
_CUTS_HZ = (1000, 2000, 4000, 6000)


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
    changed = CHANGE_S * RATE_HZ
    alarms = sum(
        dated.transition.kind is TransitionKind.OPENED and dated.transition.sample > changed
        for each in outcomes
        for dated in each.transitions
    )
    shares = ", ".join(f"{what} {n / len(judged):.0%}" for what, n in said.most_common())
    return f"{shares} | {f'{np.median(shifts):+.1f}' if shifts else '-'} | {alarms}"


def _samples(path: Path) -> Sound:
    recording = open_recording(path)
    resampler = StreamResampler(recording.sample_rate_hz, RATE_HZ)
    parts = [resampler.push(block.samples) for block in read_blocks(recording, channel=None)]
    return np.concatenate([*parts, resampler.finish()])


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
