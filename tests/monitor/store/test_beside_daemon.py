"""The store as short commands open it, and as an older version left it."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.store import database_file
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import NOON, anomaly, state
from tests.support.clip_scores import clip

NORMAL = Verdict(Severity.NORMAL, None, 0.5, 1.0, 0.5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.sqlite"


def test_a_command_begins_no_store(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing has listened"):
        Store(path, must_exist=True)
    assert list(path.parent.iterdir()) == []


def test_a_command_leaves_a_damaged_store_where_the_daemon_has_it(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(ConfigurationError, match="damaged"):
        Store(path, must_exist=True)
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_command_sees_what_the_daemon_has_just_written(path: Path) -> None:
    with Store(path) as daemon, Store(path, must_exist=True) as command:
        event = daemon.record(anomaly(), outgoing=True)
        assert command.events() == (event,)


def test_a_store_of_the_first_schema_keeps_its_events_and_takes_marks(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        first.setattr(database_file, "_MIGRATIONS", database_file._MIGRATIONS[:1])
        with Store(path) as store:
            event = store.record(anomaly(), outgoing=False)
    with Store(path) as store:
        assert store.events() == (event,)
        store.marks.acknowledge(event.event_id, at=NOON)
        assert store.status.read().daemon is None


def test_who_may_only_read_can_read(path: Path) -> None:
    with Store(path) as daemon:
        event = daemon.record(anomaly(), outgoing=False)
        reader = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        database_file._migrate(reader, path)
        reader.close()
        assert daemon.events() == (event,)


def test_an_event_is_found_by_the_beginning_of_its_id(path: Path) -> None:
    with Store(path) as store:
        first = store.record(anomaly(), outgoing=False)
        second = store.record(anomaly(detected_at=NOON + timedelta(days=300)), outgoing=False)
        assert store.find_events(first.event_id) == (first,)
        assert store.find_events(second.event_id[:6].lower()) == (second,)
        assert store.find_events("01") == (first, second)
        assert store.find_events("%") == store.find_events(f"{first.event_id}0") == ()


def test_the_newest_clip_is_the_latest_of_its_machine(path: Path) -> None:
    with Store(path) as store:
        assert store.scores.newest("pump") is None
        for second in (0, 2, 1):
            at = NOON + timedelta(seconds=second)
            store.scores.add("pump", at=at, clip=clip(0.5), verdict=NORMAL)
        later = NOON + timedelta(hours=1)
        store.scores.add("fan", at=later, clip=clip(0.5), verdict=NORMAL)
        newest = store.scores.newest("pump")
    assert newest is not None
    assert abs(newest.at - NOON - timedelta(seconds=2)) < timedelta(milliseconds=1)


def test_forgetting_a_machine_leaves_the_others_and_its_numbers_alone(path: Path) -> None:
    with Store(path) as store:
        for machine in ("pump", "fan"):
            event = store.record(anomaly(machine=machine), outgoing=True)
            store.marks.acknowledge(event.event_id, at=NOON)
            store.scores.add(machine, at=NOON, clip=clip(0.5), verdict=NORMAL)
            store.status.write_state(state(machine=machine))
        store.forget_machine("pump")
        assert [event.machine for event in store.events()] == ["fan"]
        assert [waiting.message.topic for waiting in store.outbox.pending()] == [
            "asd-monitor/hall/fan/event"
        ]
        assert len(store.marks.all()) == 1
        assert store.scores.newest("pump") is None
        assert store.scores.newest("fan") is not None
        assert store.status.read().states.keys() == {"fan"}
        assert store.record(anomaly(machine="pump"), outgoing=False).seq == 2
