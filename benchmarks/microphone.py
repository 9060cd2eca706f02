"""A real fan through the whole path: a sound server's source, PortAudio, the daemon, a broker.

    .venv/bin/python -m benchmarks.microphone

Trains on the first 50 normal clips of the fan beside the project and calibrates on the other 25.
Those are then played into a null sink of a private PulseAudio, with the one anomalous clip there
is, twice in a row, before the last 5 of them; `asd-monitor run` listens to the sink and
`mosquitto_sub` to what it says. Takes six minutes, because sound takes its time. The recordings
stay where they are.
"""

import argparse
import os
import signal
import sys
import tempfile
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np

from asd_monitor.models.timestamps import parse_utc, utc_now
from asd_monitor.monitor.config import NodeConfig
from benchmarks.mixtures import RATE_HZ, Sound, has_recordings, load
from benchmarks.recordings import plan, run_command, train
from tests.support.command_line import running
from tests.support.listening import Topics, events, wait_until_listened
from tests.support.mosquitto import Mosquitto, Subscriber
from tests.support.pulse import NullSinkServer

LAST_NORMAL = 5
STOPPING_S = 10.0


def main() -> int:
    """Play, listen, and print what a subscriber was told of events."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", default="1/10min")
    arguments = parser.parse_args()
    if not has_recordings():
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        fitted, calibrated, judged, hold_out = plan("fan")
        bundle, limits = train(fitted, Path(scratch), hold_out), Path(scratch) / "fan.json"
        model = ("--bundle", str(bundle), "--calibration", str(limits))
        budget = ("--budget", arguments.budget)
        run_command("calibrate", *calibrated, *model[:2], "--out", str(limits), *budget)
        normal, anomalous = [load(Path(path)) for path in calibrated], load(Path(judged[-1]))
        told, faulty_at = listen(model, normal, anomalous, folder=Path(scratch))
    print(f"{len(normal) * 10} s of normal sound, 20 s of anomaly from {faulty_at} on")
    for event in told:
        after_s = {
            name: (parse_utc(event[name]) - faulty_at).total_seconds()
            for name in ("started_at", "detected_at", "ended_at")
            if event[name]
        }
        print(event["event_type"], {name: round(seconds, 1) for name, seconds in after_s.items()})
    return 0


def listen(
    model: tuple[str, ...], normal: list[Sound], anomalous: Sound, *, folder: Path
) -> tuple[list[dict[str, str]], datetime]:
    """Play and listen; returns the events that were told, and when the anomaly was heard."""
    topics = Topics(NodeConfig().name, "machine")
    before, after = normal[:-LAST_NORMAL], normal[-LAST_NORMAL:]
    sound = np.concatenate(list(chain(before, [anomalous] * 2, after)))
    with (
        NullSinkServer(folder / "pulse", sample_rate_hz=RATE_HZ) as server,
        Mosquitto(folder) as broker,
        Subscriber(broker.host, broker.port) as subscriber,
    ):
        os.environ.update(server.environment)
        options = ("--device", server.device(), "--mqtt", f"{broker.host}:{broker.port}")
        data = ("--data-dir", folder / "data")
        asked_at = utc_now()
        player = server.start_playing(sound, sample_rate_hz=RATE_HZ)
        with running("run", *options, *model, *data) as daemon:
            wait_until_listened(subscriber, topics)
            player.wait()
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(STOPPING_S)
        told = events(subscriber.heard(), topics)
    return told, asked_at + timedelta(seconds=sum(map(len, before)) / RATE_HZ)


if __name__ == "__main__":
    sys.exit(main())
