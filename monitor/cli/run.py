"""`asd-monitor run`."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from asd_monitor.monitor.cli import edge
from asd_monitor.monitor.cli.live_screen import LiveScreen
from asd_monitor.monitor.cli.logs import (
    LogFormat,
    keeping_the_log,
    start_logging,
    usual_format,
)
from asd_monitor.monitor.cli.options import (
    BrokerType,
    config_option,
    file_options,
    is_given,
    machine_options,
)
from asd_monitor.monitor.cli.source_options import (
    SourceOptions,
    given_options,
    source_options,
)
from asd_monitor.monitor.config import Config, MachineConfig, load_config, mqtt_settings
from asd_monitor.monitor.configured_source import await_source, open_source
from asd_monitor.monitor.daemon import notify
from asd_monitor.monitor.folders import data_dir
from asd_monitor.monitor.service import run_service
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.sinks.live import LiveSink
from asd_monitor.monitor.sinks.log import LogSink
from asd_monitor.monitor.sinks.terminal import TerminalSink

_FOOTER = "Ctrl-C stops listening."


@click.command("run")
@source_options
@machine_options
@file_options
@config_option
@click.option("--mqtt", type=BrokerType(), help="Broker to publish to: HOST[:PORT].")
@click.option(
    "--log-format",
    type=click.Choice([form.value for form in LogFormat]),
    help="Lines on standard error.  [default: a live view on a terminal, journal where systemd "
    "leads there, else text]",
)
def command(
    *,
    sound: SourceOptions,
    machine: str,
    data_dir_option: Path | None,
    bundle: Path | None,
    calibration: Path | None,
    config: Path | None,
    mqtt: tuple[str, int] | None,
    log_format: str | None,
) -> int:
    """Listen, judge and publish until told to stop.

    One machine by --device or --source, or any number of them by --config. SIGTERM ends it with
    exit code 0, Ctrl-C with 130. On a terminal it shows a live view; --log-format text writes lines
    instead.

    With --config, and under systemd, a missing microphone is reported and looked for until it is
    there, and SIGHUP reads configuration, bundles and calibrations again: what cannot be used is
    refused, and all goes on as before. Otherwise a missing microphone is an error.

    \b
    Examples:
      asd-monitor run --device hw:1 --mqtt localhost:1883
      asd-monitor run --config /etc/asd-monitor/asd-monitor.toml
      asd-monitor run --source watch --path /srv/recorder/
      arecord -t raw -f S16_LE -r 16000 | asd-monitor run --source stdin
      asd-monitor run --source stream --url rtsp://camera/audio
    """
    if sound.is_given == (config is not None):
        raise click.UsageError("give either --device or --config, or --source")
    # Who typed a device waits for an answer; a service must not be restarted until one is there.
    is_service = config is not None or notify.is_listened_to()
    if config is not None:
        _refuse_beside_config("machine", "bundle", "calibration")

    def read() -> Config:
        if config is not None:
            settings = load_config(config)
        else:
            only = MachineConfig(id=machine, bundle=bundle, calibration=calibration, **sound.keys())
            only.check(where="run")
            settings = Config(machine=(only,))
        if mqtt is None:
            return settings
        host, port = mqtt
        return replace(settings, mqtt=replace(settings.mqtt, host=host, port=port))

    settings = read()
    if any(each.source == "stdin" for each in settings.machine) and sys.stdin.isatty():
        raise click.UsageError("the source stdin is raw PCM, and standard input is a terminal")
    data = data_dir(data_dir_option or settings.node.data_dir)
    with _telling(LogFormat(log_format) if log_format else None, data) as sinks:
        ended_by = run_service(
            settings,
            data=data,
            mqtt=mqtt_settings(settings.mqtt, node=settings.node.name),
            sinks=sinks,
            find_source=partial(await_source if is_service else open_source, data=data),
            read_again=read if is_service else None,
        )
    return edge.INTERRUPTED if ended_by is signal.SIGINT else 0


@contextmanager
def _telling(form: LogFormat | None, data: Path) -> Iterator[list[Sink]]:
    """Who tells the person that looks on: lines, or a live view where nobody asked for lines."""
    console = Console(stderr=True)
    usual = usual_format()
    if form is None and usual is LogFormat.TEXT and _can_hold_a_view(console):
        with keeping_the_log() as lines:
            screen = LiveScreen(data, console, footer=_FOOTER, log=lambda: tuple(lines))
            yield [LiveSink(console, screen.draw), LogSink()]
        return
    form = form or usual
    start_logging(form)
    yield [TerminalSink() if form is LogFormat.TEXT else LogSink()]


def _can_hold_a_view(console: Console) -> bool:
    return console.is_terminal and not console.is_dumb_terminal


def _refuse_beside_config(*names: str) -> None:
    """An option that would be passed over in silence is one too many."""
    others = [f"--{name}" for name in names if is_given(name)]
    if given := [*given_options(), *others]:
        raise click.UsageError(
            f"{given[0]} goes with --device or --source; with --config it is a key there"
        )
