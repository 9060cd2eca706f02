"""`asd-monitor demo`."""

import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from ulid import ULID

from asd_monitor.models.errors import AsdMonitorError
from asd_monitor.models.recording_writer import write_recording
from asd_monitor.models.timestamps import parse_utc, utc_now
from asd_monitor.monitor.cli.subscriber import Received, Subscriber
from asd_monitor.monitor.mqtt.broker import EmbeddedBroker
from asd_monitor.monitor.synth import (
    KNOCK_HZ,
    RESONANCE_HZ,
    SAMPLE_RATE_HZ,
    SHAFT_HZ,
    knocking,
    normal_sound,
)

NORMAL_S = 1200.0
BEFORE_S, FAULT_S, AFTER_S = 20.0, 15.0, 25.0
FILE_S = 60.0
COMMAND = [sys.executable, "-m", "asd_monitor.monitor.cli.main"]
CONFIGURATION = """\
[node]
name = "demo"

[[machine]]
source = "files"
paths = ["live"]

[mqtt]
host = "{host}"
port = {port}
protocol = "3.1.1"
"""


@click.command("demo")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep recordings, bundle, calibration, configuration and store in this folder.",
)
def command(*, keep: Path | None) -> None:
    """Show the whole job on this machine, without microphone or broker, in about two minutes.

    A machine is synthesised, learned, calibrated and listened to in real time by the very daemon
    that `asd-monitor run` is, with an MQTT broker inside this process. What a subscriber of that
    broker receives is printed.

    \b
    Example:
      asd-monitor demo
    """
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="asd-monitor-demo-") as scratch:
        folder = keep or Path(scratch)
        _say(
            "1. Synthesise a machine. It is arithmetic, not a recording: a shaft at "
            f"{SHAFT_HZ} Hz with its harmonics in broadband noise, {NORMAL_S / 60:.0f} min of it."
        )
        _synthesise(folder)
        _say("2. Learn its normal sound, leaving the last 30 % out:")
        _asd_monitor(folder, "train", str(folder / "normal"), "--epochs", "15")
        _say("3. Set thresholds on what was left out, for one false alarm a week:")
        _asd_monitor(folder, "calibrate", str(folder / "normal"), "--budget", "1/week")
        _say(
            f"4. Listen in real time: {BEFORE_S:.0f} s normal, {FAULT_S:.0f} s with a fault added "
            f"({KNOCK_HZ} knocks a second that ring at {RESONANCE_HZ / 1000} kHz), "
            f"{AFTER_S:.0f} s normal. An MQTT subscriber receives:"
        )
        events = _listen(folder)
    _say(f"{_verdict(events)} All of it took {time.monotonic() - begun_s:.0f} s.")


def _say(text: str) -> None:
    click.echo(f"\n{text}")


def _synthesise(folder: Path) -> None:
    _write(folder / "normal", normal_sound(NORMAL_S, seed=1))
    live = normal_sound(BEFORE_S + FAULT_S + AFTER_S, seed=2)
    begin = round(BEFORE_S * SAMPLE_RATE_HZ)
    fault = knocking(FAULT_S, seed=3)
    live[begin : begin + len(fault)] += fault
    _write(folder / "live", live)


def _write(folder: Path, sound: NDArray[np.float32]) -> None:
    """Write one recording session as the files that `record` would write."""
    folder.mkdir(parents=True, exist_ok=True)
    session, began_at = str(ULID()), utc_now() - timedelta(seconds=len(sound) / SAMPLE_RATE_HZ)
    step = round(FILE_S * SAMPLE_RATE_HZ)
    for first_sample in range(0, len(sound), step):
        write_recording(
            folder / f"{first_sample // step:03d}.flac",
            sound[first_sample : first_sample + step],
            sample_rate_hz=SAMPLE_RATE_HZ,
            session=session,
            first_sample=first_sample,
            recorded_at=began_at + timedelta(seconds=first_sample / SAMPLE_RATE_HZ),
        )


def _environment(folder: Path) -> dict[str, str]:
    """Ours, with the demo's folder in place of the user's own machines and store."""
    return os.environ | {"STATE_DIRECTORY": str(folder)}


def _asd_monitor(folder: Path, *arguments: str) -> None:
    """Run one command as a user would, its output indented under ours."""
    result = subprocess.run(  # noqa: S603 - our own command line
        [*COMMAND, *arguments],
        env=_environment(folder),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    click.echo("".join(f"   {line}\n" for line in result.stdout.splitlines()), nl=False)
    if result.returncode != 0:
        raise AsdMonitorError(f"asd-monitor {arguments[0]} ended with {result.returncode}")


def _listen(folder: Path) -> list[Received]:
    """Run the daemon over the live recording; return the events that the subscriber received."""
    events: list[Received] = []

    def receive(message: Received) -> None:
        click.echo(f"   {_line(message)}")
        if message.topic.endswith("/event"):
            events.append(message)

    with EmbeddedBroker() as broker, Subscriber(broker.host, broker.port, receive):
        configuration = folder / "asd-monitor.toml"
        configuration.write_text(CONFIGURATION.format(host=broker.host, port=broker.port))
        daemon = subprocess.run(  # noqa: S603 - our own command line
            [*COMMAND, "run", "--config", str(configuration)],
            env=_environment(folder),
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if daemon.returncode != 0:
        raise AsdMonitorError(f"asd-monitor run ended with {daemon.returncode}: {daemon.stderr}")
    return events


def _line(message: Received) -> str:
    """What of a message fits on a line."""
    time_of_day = f"{message.at:%H:%M:%S}"
    if isinstance(message.fields, str):
        return f"{time_of_day}  {message.topic}  {message.fields}"
    names = ("event_type", "severity", "reason", "anomaly", "score", "threshold", "started_at")
    told = {name: message.fields[name] for name in names if message.fields.get(name) is not None}
    return f"{time_of_day}  {message.topic}  " + "  ".join(
        f"{name}={value:.3f}" if isinstance(value, float) else f"{name}={value}"
        for name, value in told.items()
    )


def _verdict(events: list[Received]) -> str:
    """Say what the subscriber got, from the messages alone.

    Raises:
        AsdMonitorError: it was not one alarm with a beginning and an end.
    """
    types = [message.fields["event_type"] for message in events if isinstance(message.fields, dict)]
    if types != ["anomaly_started", "anomaly_ended"]:
        raise AsdMonitorError(f"expected one alarm, started and ended, but received {types}")
    begun, ended = (message.fields for message in events if isinstance(message.fields, dict))
    started_at, detected_at = parse_utc(begun["started_at"]), parse_utc(begun["detected_at"])
    delivery_s = (events[0].at - detected_at).total_seconds()
    return (
        f"One alarm: {(detected_at - started_at).total_seconds():.1f} s after the onset it was "
        f"sure, {delivery_s:.1f} s later the subscriber had it, and it ended after "
        f"{ended['duration_s']:.1f} s (the fault lasted {FAULT_S:.0f} s)."
    )
