"""`asd-monitor replay`."""

import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import click

from asd_monitor.calibrate.durations import say_duration
from asd_monitor.models.recordings import find_recordings
from asd_monitor.monitor.cli import edge
from asd_monitor.monitor.cli.console import emit_json, note, stop_on_interrupt, tell
from asd_monitor.monitor.cli.options import (
    BrokerType,
    channel_option,
    file_options,
    machine_options,
    recordings_argument,
)
from asd_monitor.monitor.cli.progress import Advance, progress
from asd_monitor.monitor.cli.records import Tally, as_json, as_text
from asd_monitor.monitor.cli.replay_plan import Judge, open_all, records_of, total_s
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.folders import data_dir, find_model
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.replay.replay import ErrorRecord, EventRecord, Record
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.store.store import FILE_NAME, Store

DELIVERY_S = 10.0


@click.command("replay")
@recordings_argument
@machine_options
@file_options
@channel_option
@click.option(
    "--speed",
    type=click.Choice(["max", "1"]),
    default="max",
    show_default=True,
    help="As fast as possible, or in real time.",
)
@click.option("--json", "json_lines", is_flag=True, help="Clips, events and files as JSON lines.")
@click.option("--mqtt", type=BrokerType(), help="Publish the events to this broker: HOST[:PORT].")
@click.option(
    "--jobs",
    "jobs_wanted",
    type=click.IntRange(min=1),
    help="Processes to share the work among.  [default: one a core, where that pays]",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep what is judged in this folder, and take from it what was judged before.",
)
@click.option("--keep-going", is_flag=True, help="Exit with 0 even if files could not be read.")
def command(
    *,
    paths: tuple[Path, ...],
    machine: str,
    data_dir_option: Path | None,
    bundle: Path | None,
    calibration: Path | None,
    channel: int | None,
    speed: str,
    json_lines: bool,
    mqtt: tuple[str, int] | None,
    jobs_wanted: int | None,
    resume: Path | None,
    keep_going: bool,
) -> int:
    """Judge recordings exactly as if they were heard now.

    The files of one recording session are one stream; any other file is judged by itself. Nothing
    is written to the store of a daemon, and what is published says that it is a replay. Sessions
    are shared among the processor's cores, what is printed and its order stay as they were. With
    --resume an interrupted replay goes on after the sessions that were complete, as long as their
    files, the bundle and the calibration are unchanged.

    \b
    Examples:
      asd-monitor replay yesterday/
      asd-monitor replay yesterday/ --json | jq 'select(.type == "event")'
      asd-monitor replay archive/ --resume archive.judged --json > archive.jsonl
    """
    files = find_model(
        machine, data=data_dir(data_dir_option), bundle=bundle, calibration=calibration
    )
    judge = Judge.of(files, machine=machine, channel=channel)
    with stop_on_interrupt() as stop, _publisher(mqtt, judge.identity.node) as publish:
        recordings, errors = open_all(find_recordings(paths))
        with progress("replaying") as advance:
            records = records_of(
                judge,
                recordings,
                in_real_time=speed == "1",
                jobs_wanted=jobs_wanted,
                resume=resume,
                judged=_Done(total_s(recordings), advance).judged,
                stop=stop,
            )
            tally = _tell(_until(stop, errors, records), publish, json_lines=json_lines)
        if json_lines:
            emit_json(tally.as_json())
        else:
            click.echo(tally.as_text())
    return edge.USAGE if tally.errors and not keep_going else 0


def _tell(
    records: Iterator[Record], publish: Callable[[Event], None], *, json_lines: bool
) -> Tally:
    tally = Tally()
    for record in records:
        tally.count(record)
        if isinstance(record, EventRecord):
            publish(record.event)
        _print(record, json_lines=json_lines)
    return tally


def _print(record: Record, *, json_lines: bool) -> None:
    if json_lines:
        emit_json(as_json(record))
    elif (line := as_text(record)) is not None:
        (note if isinstance(record, ErrorRecord) else tell)(line)


def _until(
    stop: threading.Event, errors: Sequence[ErrorRecord], records: Generator[Record, None, None]
) -> Iterator[Record]:
    """All records until we are told to stop; files that cannot be opened come first."""
    yield from errors
    with closing(records):
        for record in records:
            yield record
            if stop.is_set():
                return


class _Done:
    """Adds up what has been judged, from any thread, and shows it."""

    def __init__(self, total_s: float, advance: Advance) -> None:
        self._total_s = total_s
        self._advance = advance
        self._done_s = 0.0
        self._lock = threading.Lock()

    def judged(self, seconds: float) -> None:
        with self._lock:
            self._done_s = min(self._done_s + seconds, self._total_s)
            told = f"{say_duration(self._done_s)} of {say_duration(self._total_s)}"
            self._advance(self._done_s / self._total_s, told)


@contextmanager
def _publisher(mqtt: tuple[str, int] | None, node: str) -> Iterator[Callable[[Event], None]]:
    """Publish events through an outbox of our own, and wait for the broker at the end."""
    if mqtt is None:
        yield lambda _: None
        return
    host, port = mqtt
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="asd-monitor-replay-"))
        store = stack.enter_context(Store(Path(folder) / FILE_NAME))
        sink = MqttSink(
            MqttSettings(host=host, port=port, node=node), store.outbox, events_only=True
        )
        sink.start()

        def publish(event: Event) -> None:
            sink.publish_event(store.record(event, outgoing=True))

        yield publish
        sink.close(DELIVERY_S)
        if undelivered := store.outbox.health().depth:
            note(f"{undelivered} event messages did not reach the broker {host}:{port}")
