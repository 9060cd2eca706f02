"""From the last sample of a clip to the message at the broker, with many microphones in a process.

    .venv/bin/python -m benchmarks.latency [--microphones 1 16 64] [--seconds 90]

Prints a section of `docs/performance.md`. Recordings are played in real time by one daemon, all
of whose machines begin at once, so that all their clips end together; a program that never rests
runs on every core beside it. An event's ``detected_at`` is the end of the clip that opened it, by
the clock that dates the sound; the broker is the embedded one, in this process.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from asd_monitor.calibrate.calibration import load_calibration, save_calibration
from asd_monitor.models.timestamps import parse_utc
from asd_monitor.monitor.cli.subscriber import Received, Subscriber
from asd_monitor.monitor.mqtt.broker import EmbeddedBroker
from benchmarks import process
from benchmarks.model import COMMAND, faults, train, write

NODE = """\
[node]
name = "bench"

[mqtt]
host = "{host}"
port = {port}
"""
LEAST_S = 300.0
"""Of sound in all: one microphone tells little of percentiles in less."""
GOODBYE = "asd-monitor/bench/availability"
LAST_S = 5.0
"""For the last messages on their way."""

MACHINE = """
[[machine]]
id = "m{index}"
source = "files"
speed = "1"
paths = ["{sound}"]
bundle = "{data}/machines/machine/bundle.safetensors"
calibration = "{data}/machines/machine/calibration.json"
"""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--microphones", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--seconds", type=float, default=90.0)
    arguments = parser.parse_args()
    print("## Latency, with every core busy beside\n")
    print(
        "| microphones | messages | median, s | 99th percentile, s "
        "| processor per microphone, of one core | memory, MB |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        data = train(folder)
        _tell_every_fault(data / "machines" / "machine" / "calibration.json")
        for n in arguments.microphones:
            seconds = max(arguments.seconds, LEAST_S / n)
            sound = write(
                folder / f"faults-{n}.flac",
                faults(duration_s=seconds, every_s=30, lasting_s=6, first_s=15),
            )
            print(_row(folder, data, sound, n, seconds), flush=True)
    print(
        "\nOf fewer than a hundred messages the 99th percentile is little less than the largest "
        "value.\n"
    )
    return 0


def _tell_every_fault(path: Path) -> None:
    """Without the pause after an event, in which another is not told."""
    calibration = load_calibration(path)
    decision = replace(calibration.decision, cooldown_s=0.0)
    save_calibration(replace(calibration, decision=decision), path)


def _row(folder: Path, data: Path, sound: Path, n: int, seconds: float) -> str:
    late_s: list[float] = []

    all_told = threading.Event()

    def receive(message: Received) -> None:
        if (message.topic, message.fields) == (GOODBYE, "offline"):
            all_told.set()
        if message.topic.endswith("/event") and isinstance(message.fields, dict):
            ended_s = parse_utc(message.fields["detected_at"])
            if message.fields["event_type"] == "anomaly_started":
                late_s.append((message.at - ended_s).total_seconds())

    with EmbeddedBroker() as broker, Subscriber(broker.host, broker.port, receive), _busy():
        configuration = folder / "asd-monitor.toml"
        machines = [MACHINE.format(index=i, sound=sound, data=data) for i in range(n)]
        node = NODE.format(host=broker.host, port=broker.port)
        configuration.write_text(node + "".join(machines), encoding="utf-8")
        options = ("--config", str(configuration), "--data-dir", str(folder / f"store-{n}"))
        daemon = process.ran([*COMMAND, "run", *options])
        all_told.wait(LAST_S)
    return (
        f"| {n} | {len(late_s)} | {np.median(late_s):.2f} | {np.quantile(late_s, 0.99):.2f} "
        f"| {daemon.cpu_s / seconds / n:.2%} | {daemon.largest_mb:.0f} |"
    )


@contextmanager
def _busy() -> Iterator[None]:
    """Keep every core busy."""
    command: Sequence[str] = (sys.executable, "-c", "while True: pass")
    spinning = [subprocess.Popen(command) for _ in os.sched_getaffinity(0)]  # noqa: S603
    try:
        yield
    finally:
        for each in spinning:
            each.kill()
            each.wait()


if __name__ == "__main__":
    sys.exit(main())
