import os
import signal
import socket
import sqlite3
import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self

import pytest

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import AudioError, BundleError
from asd_monitor.models.recordings import open_recording
from asd_monitor.monitor.config import Config, MachineConfig, NodeConfig
from asd_monitor.monitor.daemon import daemon
from asd_monitor.monitor.daemon.listener import Listener, listen
from asd_monitor.monitor.events import Clock, Event, EventType
from asd_monitor.monitor.machine import MachineMonitor
from asd_monitor.monitor.messages import State
from asd_monitor.monitor.replay.replay import EventRecord, Replay
from asd_monitor.monitor.service import run_service
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from asd_monitor.monitor.store.score_history import ScoreHistory
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.damage import damage_middle
from tests.support.machines import (
    LENGTH_S,
    a_pipeline,
    an_identity,
    faulty,
    healthy,
    install,
    knowing_bundle,
    knowing_calibration,
    write_session,
)
from tests.support.recording_sink import RecordingSink
from tests.support.sounds import blocks

STARTED, ENDED = EventType.ANOMALY_STARTED, EventType.ANOMALY_ENDED


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "TICK_S", 0.02)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    install(folder, "pump")
    return folder


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    folder = tmp_path / "sound"
    folder.mkdir()
    write_session(folder, faulty(), lengths_s=[15, LENGTH_S - 15])
    return folder


def a_machine(paths: Path, *, machine: str = "pump", real_time: bool = False) -> MachineConfig:
    return MachineConfig(
        id=machine, source="files", paths=(paths,), speed="1" if real_time else "max"
    )


def config(*machines: MachineConfig) -> Config:
    return Config(node=NodeConfig(name="hall"), machine=machines)


def run(data: Path, sink: RecordingSink, *machines: MachineConfig) -> signal.Signals | None:
    return run_service(config(*machines), data=data, mqtt=None, sinks=[sink])


def test_recordings_are_judged_to_their_end_and_everything_is_closed(
    data: Path, sound: Path
) -> None:
    sink = RecordingSink()
    threads = set(threading.enumerate())
    assert run(data, sink, a_machine(sound)) is None
    assert [event.event_type for event in sink.events] == [STARTED, ENDED]
    assert (sink.calls[0], sink.calls[-1]) == ("start", "close")
    assert sink.calls.count("close") == 1
    assert sink.online == [True, False]
    assert sink.states[-1].reason == "no_audio"
    assert set(threading.enumerate()) <= threads
    assert not (data / f"{FILE_NAME}-wal").exists()  # SQLite removes it on closing
    with Store(data / FILE_NAME) as store:
        (event,) = store.events()
        told = sink.events[-1]
        assert without_evidence(event) == without_evidence(told)
        assert event.clip is not None
        assert (data / "evidence" / event.clip).exists()


def test_the_daemon_gives_the_very_events_of_a_replay(data: Path, sound: Path) -> None:
    sink = RecordingSink()
    run(data, sink, a_machine(sound))
    session = [open_recording(path) for path in sorted(sound.iterdir())]
    replay = Replay(knowing_bundle(), knowing_calibration(), an_identity(), channel=None)
    told = [record.event for record in replay.session(session) if isinstance(record, EventRecord)]
    assert [without_its_own(event) for event in sink.events] == [
        without_its_own(event) for event in told
    ]


def without_evidence(event: Event) -> Event:
    """An event without what is known of it only once it has been written."""
    return replace(event, clip=None, spectrogram=None, pre_roll_s=None)


def without_its_own(event: Event) -> Event:
    """An event without what depends on who tells it, and where."""
    bare = without_evidence(event)
    return replace(bare, event_id="", seq=None, model=None, clock=Clock.SYNCED)


def test_the_health_of_the_node_is_told(data: Path, sound: Path) -> None:
    sink = RecordingSink()
    run(data, sink, a_machine(sound, real_time=False))
    health = sink.healths[0]
    assert health.node == "hall"
    assert health.capture.keys() == {"pump"}
    assert not health.broker.connected
    assert health.disk.free_bytes > 0
    assert "numpy" in health.versions


def test_health_is_told_even_if_old_scores_cannot_be_thinned(
    data: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(ScoreHistory, "thin", full)
    sink = RecordingSink()
    assert run(data, sink, a_machine(sound)) is None
    assert sink.healths


def test_a_sink_that_hangs_is_named(
    data: Path, sound: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sink = RecordingSink()
    sink.hanging = "siren"
    run(data, sink, a_machine(sound))
    assert "A restart is needed, for this hangs: the thread siren." in caplog.messages


class SignallingSink(RecordingSink):
    """Sends the process a signal as soon as it is told a state."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__()
        self._number = number

    def publish_state(self, state: State) -> None:
        if not self.states:
            os.kill(os.getpid(), self._number)
        super().publish_state(state)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_is_named_and_handlers_are_restored(
    data: Path, sound: Path, number: signal.Signals
) -> None:
    handlers = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    sink = SignallingSink(number)
    assert run(data, sink, a_machine(sound, real_time=True)) is number
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == handlers
    assert sink.events == []  # the fault was still to come
    assert sink.calls[-1] == "close"
    assert sink.states[-1].reason == "no_audio"


def test_what_one_listener_raises_ends_the_daemon(data: Path, sound: Path, tmp_path: Path) -> None:
    install(data, "fan")
    broken = tmp_path / "broken"
    broken.mkdir()
    damage_middle(write_session(broken, healthy(), lengths_s=[20])[0].path)
    handler = signal.getsignal(signal.SIGTERM)
    sink = RecordingSink()
    with pytest.raises(AudioError, match="damaged"):
        run(data, sink, a_machine(sound, real_time=True), a_machine(broken, machine="fan"))
    assert sink.events == []  # the fault of the other machine was still to come
    assert sink.calls[-1] == "close"
    assert signal.getsignal(signal.SIGTERM) == handler
    assert not (data / f"{FILE_NAME}-wal").exists()


def test_one_listener_that_has_ended_leaves_the_others_alone(
    data: Path, sound: Path, tmp_path: Path
) -> None:
    install(data, "fan")
    short = tmp_path / "short"
    short.mkdir()
    write_session(short, healthy(), lengths_s=[2])
    sink = RecordingSink()
    assert run(data, sink, a_machine(sound), a_machine(short, machine="fan")) is None
    assert [event.machine for event in sink.events] == ["pump", "pump"]
    assert {state.machine for state in sink.states} == {"pump", "fan"}


def test_without_a_bundle_nothing_is_started(data: Path, sound: Path) -> None:
    sink = RecordingSink()
    with pytest.raises(BundleError, match="fan"):
        run(data, sink, a_machine(sound), a_machine(sound, machine="fan"))
    assert sink.calls == []
    assert not (data / FILE_NAME).exists()


def test_without_a_source_nothing_is_started(data: Path, tmp_path: Path) -> None:
    sink = RecordingSink()
    with pytest.raises(AudioError, match="nowhere"):
        run(data, sink, a_machine(tmp_path / "nowhere"))
    assert sink.calls == []
    assert not (data / FILE_NAME).exists()


class Manager:
    """Listens as systemd does, and keeps what it is told."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._messages: list[str] = []
        self._listening = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.told()

    def told(self) -> list[str]:
        """All that was said; nothing is heard afterwards."""
        if self._listening.is_alive():
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                last.sendto(b"", self._channel.getsockname())
            self._listening.join()
        return self._messages

    def _listen(self) -> None:
        while message := self._channel.recv(4096).decode():
            self._messages.append(message)


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """What stands in for systemd."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with Manager(channel) as listening:
            yield listening


def test_systemd_is_told_of_the_beginning_and_of_the_end(
    data: Path, sound: Path, manager: Manager
) -> None:
    run(data, RecordingSink(), a_machine(sound))
    messages = manager.told()
    assert (messages[0], messages[-1]) == ("READY=1", "STOPPING=1")
    assert "WATCHDOG=1" in messages


def test_a_daemon_that_cannot_start_is_never_ready(
    data: Path, sound: Path, manager: Manager
) -> None:
    with pytest.raises(BundleError):
        run(data, RecordingSink(), a_machine(sound, machine="fan"))
    assert manager.told() == []


class FakeSource:
    """Yields some sound, or breaks, and tells whether it was let go."""

    kind: ClassVar[str] = "fake"

    def __init__(self) -> None:
        self.let_go = False

    @property
    def status(self) -> CaptureStatus:
        return CaptureStatus(state=CaptureState.HEALTHY, name="fake")

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:  # noqa: ARG002
        try:
            yield None
            yield from blocks(healthy()[:32_000], cuts=[16_000])
        finally:
            self.let_go = True


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[FakeSource, RecordingSink, Listener]]:
    source, sink = FakeSource(), RecordingSink()
    with Store(tmp_path / FILE_NAME) as store:
        monitor = MachineMonitor(
            an_identity(),
            a_pipeline(),
            store=store,
            sinks=[sink],
            outgoing=False,
            clock=lambda: Clock.SYNCED,
            now_s=0.0,
        )
        yield source, sink, Listener(source, monitor, "pump")


def test_a_source_is_let_go_when_the_judging_breaks(
    listener: tuple[FakeSource, RecordingSink, Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, _, listening = listener

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(listening.monitor, "hear", broken)
    with pytest.raises(RuntimeError, match="broken") as raised:
        listen(listening, threading.Event())
    assert raised.traceback  # which keeps the generator from being closed as garbage
    assert source.let_go


def test_listening_reads_a_source_to_its_end(
    listener: tuple[FakeSource, RecordingSink, Listener],
) -> None:
    source, sink, listening = listener
    listen(listening, threading.Event())
    assert source.let_go
    assert sink.online[-2:] == [True, False]
