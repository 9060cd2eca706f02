"""Where a second of a replay goes, from the file to the line that is printed.

    .venv/bin/python -m benchmarks.budget [--rounds 40]

Prints a section of `docs/performance.md`: microseconds of processor time of a second of sound by
what they are spent on, each without what it calls that has a row of its own, so that all add up.
They are those of the quickest round; looking at the clock is counted in.
"""

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from unittest import mock

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import msgspec
import numpy as np

from asd_monitor.models import clips, density_network
from asd_monitor.models.clips import ClipPooler
from asd_monitor.models.density_network import DensityNetwork
from asd_monitor.models.detectors import spectral
from asd_monitor.models.detectors.spectral import Spectral
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.quality import QualityMeter
from asd_monitor.models.recordings import group_sessions, open_recording
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.sound_file import SoundFile
from asd_monitor.models.window_judge import WindowJudge
from asd_monitor.monitor.cli.records import as_json
from asd_monitor.monitor.cli.replay_plan import Judge
from asd_monitor.monitor.folders import find_model
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.replay.replay import Replay
from asd_monitor.monitor.synth import normal_sound
from benchmarks.model import train, write
from benchmarks.stopwatch import Stopwatch

FILE_S = 60.0
US = 1e6

PARTS: dict[str, tuple[tuple[object, str], ...]] = {
    "decoding": ((SoundFile, "read"),),
    "input checks": ((QualityMeter, "push"),),
    "log-mel: transform": ((np.fft, "rfft"),),
    "log-mel: window, power, filters, logarithm": ((LogMel, "push"),),
    "frames to windows, windows to columns, means": ((WindowJudge, "push"),),
    "hidden layers": ((DensityNetwork, "hidden"),),
    "last layer": ((DensityNetwork, "densities"),),
    "mixtures": ((density_network, "negative_log_likelihood"),),
    "clip: frames gathered, mean spectrum": ((clips, "sound_from"), (clips, "_mean_frame")),
    "clip: floors sorted out": ((spectral, "quantile"),),
    "clip: flutters": ((spectral, "describe"),),
    "clip: whitening": ((Spectral, "score_clip"),),
    "clip: quality, pooling, fusion": ((ClipPooler, "push"),),
    "seconds cut and put together": ((Scorer, "push"),),
    "judged, followed, dated": ((Pipeline, "push"),),
}
REST = "blocks, records, JSON"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        files = find_model("machine", data=train(folder), bundle=None, calibration=None)
        judge = Judge.of(files, machine="machine", channel=None)
        sound = normal_sound(FILE_S, seed=5)
        spent = {
            suffix: _spent_us(judge, write(folder / f"sound.{suffix}", sound), arguments.rounds)
            for suffix in ("wav", "flac")
        }
    print("## Where a second of a replay goes\n")
    print("| part, us | " + " | ".join(suffix.upper() for suffix in spent) + " |")
    print("| --- |" + " --- |" * len(spent))
    for part in (*PARTS, REST):
        print(f"| {part} | " + " | ".join(f"{us[part]:.0f}" for us in spent.values()) + " |")
    print("| all | " + " | ".join(f"{sum(us.values()):.0f}" for us in spent.values()) + " |\n")
    return 0


def _spent_us(judge: Judge, path: Path, rounds: int) -> dict[str, float]:
    """Microseconds of a second of sound by part, of the quickest round."""
    with ExitStack() as stack:
        stopwatch = Stopwatch()
        for part, functions in PARTS.items():
            for owner, name in functions:
                timed = stopwatch.timed(part, getattr(owner, name))
                stack.enter_context(mock.patch.object(owner, name, timed))
        replay = Replay(judge.bundle, judge.calibration, judge.identity, channel=None)
        whole = stopwatch.timed(REST, partial(_replay, replay, path))
        for _ in range(rounds):
            whole()
    whole_rounds = [spent_s for spent_s in stopwatch.rounds if REST in spent_s]
    quickest = min(whole_rounds, key=lambda spent_s: sum(spent_s.values()))
    return {part: s / FILE_S * US for part, s in quickest.items()}


def _replay(replay: Replay, path: Path) -> None:
    (session,) = group_sessions([open_recording(path)])
    for record in replay.session(session):
        msgspec.json.encode(as_json(record))


if __name__ == "__main__":
    sys.exit(main())
