"""`asd-monitor replay`."""

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import click

from asd_monitor.calibrate.calibration import load_calibration
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import load_bundle
from asd_monitor.models.recordings import find_recordings, group_sessions
from asd_monitor.monitor.alarms import Identity
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
from asd_monitor.monitor.cli.replay_plan import here, n_jobs, open_all, shared, total_s
from asd_monitor.monitor.events import Event, Origin
from asd_monitor.monitor.folders import data_dir, find_model
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.replay.protocol import Setup
from asd_monitor.monitor.replay.replay import ErrorRecord, EventRecord, Record, Replay
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.store.store import FILE_NAME, Store

REAL_TIME_BLOCK_S = 0.1
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
    detector, limits = load_bundle(files.bundle), load_calibration(files.calibration)
    node = socket.gethostname().split(".")[0]
    identity = Identity(
        node=node,
        machine=machine,
        model=detector.fingerprint,
        calibration=limits.created_at,
        source=Origin.REPLAY,
    )
    with stop_on_interrupt() as stop, _publisher(mqtt, node) as publish:
        recordings, errors = open_all(find_recordings(paths))
        jobs = 1 if speed == "1" else n_jobs(jobs_wanted, group_sessions(recordings))
        with progress("replaying") as advance:
            done = _Done(total_s(recordings), advance)
            if jobs == 1 and resume is None:
                replay = Replay(
                    detector,
                    limits,
                    identity,
                    channel=channel,
                    block_s=REAL_TIME_BLOCK_S if speed == "1" else 1.0,
                    before_block=_Pacer(stop, done) if speed == "1" else done.heard,
                )
                records = here(replay, recordings)
            else:
                setup = Setup(
                    bundle=files.bundle.absolute(),
                    calibration=files.calibration.absolute(),
                    identity=identity,
                    channel=channel,
                )
                records = shared(
                    setup, recordings, jobs=jobs, resume=resume, judged=done.judged, stop=stop
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

    def heard(self, block: AudioBlock) -> None:
        self.judged(len(block.samples) / block.sample_rate_hz)

    def judged(self, seconds: float) -> None:
        with self._lock:
            self._done_s = min(self._done_s + seconds, self._total_s)
            told = f"{say_duration(self._done_s)} of {say_duration(self._total_s)}"
            self._advance(self._done_s / self._total_s, told)


class _Pacer:
    """Waits until a block would have been heard."""

    def __init__(self, stop: threading.Event, done: _Done) -> None:
        self._stop = stop
        self._done = done
        self._due_s = time.monotonic()

    def __call__(self, block: AudioBlock) -> None:
        self._due_s += len(block.samples) / block.sample_rate_hz
        self._stop.wait(max(0.0, self._due_s - time.monotonic()))
        self._done.heard(block)


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
