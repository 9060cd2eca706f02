"""A store whose file is damaged or deleted while it is open."""

import json
import sqlite3
from pathlib import Path

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.events import close_event
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import NOON, anomaly
from tests.support.damage import damage_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "asd-monitor.sqlite"


def test_damage_that_shows_while_it_is_open_loses_no_event(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Store(path) as store:
        first = store.record(anomaly(), outgoing=True)
        damaged = damage_store(path)
        ended = store.record(close_event(first, ended_at=NOON), outgoing=True)
        assert ended.seq is not None
        assert first.seq is not None
        assert ended.seq > first.seq
        assert store.events() == (ended,)
        assert [json.loads(m.message.payload)["seq"] for m in store.outbox.pending()] == [ended.seq]
        assert store.health().trouble is None
    (aside,) = [each for each in path.parent.iterdir() if ".damaged-" in each.name]
    assert aside.read_bytes() == damaged
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    with Store(path) as again:
        assert again.events() == (ended,)


def test_what_is_asked_of_a_damaged_store_is_answered_by_the_new_one(path: Path) -> None:
    with Store(path) as store:
        store.record(anomaly(), outgoing=True)
        damage_store(path)
        assert store.events() == ()
        assert store.record(anomaly(), outgoing=True).seq


def test_what_can_be_spared_fails_once(path: Path) -> None:
    with Store(path) as store:
        store.record(anomaly(), outgoing=True)
        damage_store(path)
        with pytest.raises(sqlite3.OperationalError, match="damaged"):
            store.look_after(NOON)
        store.look_after(NOON)


def test_a_command_beside_the_daemon_leaves_a_damaged_store_alone(path: Path) -> None:
    with Store(path) as daemon:
        daemon.record(anomaly(), outgoing=True)
        with Store(path, must_exist=True) as store:
            damage_store(path)
            with pytest.raises(ConfigurationError, match="is damaged"):
                store.events()
    assert not any(".damaged-" in each.name for each in path.parent.iterdir())


@pytest.mark.parametrize("suffixes", [("",), ("", "-wal", "-shm")])
def test_a_store_that_is_deleted_while_it_is_open_is_written_again_whole(
    path: Path, suffixes: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    with Store(path) as store:
        first = store.record(anomaly(), outgoing=True)
        for suffix in suffixes:
            path.with_name(path.name + suffix).unlink()
        ended = store.record(close_event(first, ended_at=NOON), outgoing=True)
        with Store(path, must_exist=True) as beside:
            assert beside.events() == store.events() == (ended,)
        assert len(store.outbox.pending()) == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    with Store(path) as again:
        assert again.events() == (ended,)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_deleted_store_that_cannot_be_written_again_fails_and_is_tried_again(path: Path) -> None:
    with Store(path) as store:
        first = store.record(anomaly(), outgoing=True)
        kept = path.parent.rename(path.parent.with_name("moved"))
        (kept / path.name).unlink()
        with pytest.raises(sqlite3.OperationalError):
            store.record(close_event(first, ended_at=NOON), outgoing=True)
        path.parent.mkdir()
        ended = store.record(close_event(first, ended_at=NOON), outgoing=True)
        assert store.events() == (ended,)
    with Store(path) as again:
        assert again.events() == (ended,)
