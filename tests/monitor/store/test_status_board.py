import math
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.sinks.status import StatusSink
from asd_monitor.monitor.store.status_board import Said
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import a_daemon, health, state
from tests.support.stores import unwritable


def test_nobody_has_said_anything_in_a_new_store(store: Store) -> None:
    assert store.status.read() == Said()


def test_the_latest_words_are_read_back_by_another_program(store_file: Path, store: Store) -> None:
    sink = StatusSink(store.status, a_daemon("pump", "fan"))
    sink.start()
    sink.publish_state(state(severity=Severity.UNKNOWN))
    sink.publish_state(state(severity=Severity.CRITICAL))
    sink.publish_state(state(machine="fan"))
    sink.publish_health(health())
    with Store(store_file, must_exist=True) as other:
        assert other.status.read() == Said(
            a_daemon("pump", "fan"),
            health(),
            {"pump": state(severity=Severity.CRITICAL), "fan": state(machine="fan")},
        )


def test_the_words_of_a_former_daemon_are_wiped_away(store: Store) -> None:
    former = StatusSink(store.status, a_daemon("fan"))
    former.start()
    former.publish_state(state(machine="fan"))
    former.publish_health(health())
    StatusSink(store.status, a_daemon()).start()
    assert store.status.read() == Said(a_daemon())


def test_digital_silence_has_no_level(store: Store) -> None:
    store.status.write_state(replace(state(), level_dbfs=-math.inf))
    assert store.status.read().states["pump"].level_dbfs is None


def test_a_store_that_cannot_be_written_does_not_end_the_daemon(store: Store) -> None:
    sink = StatusSink(store.status, a_daemon())
    with unwritable(store):
        sink.start()
        sink.publish_state(state())
        sink.publish_health(health())
    assert store.status.read() == Said()
    sink.publish_state(state())
    assert store.status.read().states == {"pump": state()}


def test_the_words_of_another_version_are_refused_with_what_to_do(
    store_file: Path, store: Store
) -> None:
    other = sqlite3.connect(store_file)
    with other:
        other.execute("""INSERT INTO status VALUES ('daemon', '{"node": 1}')""")
    other.close()
    with pytest.raises(ConfigurationError, match="restart the daemon"):
        store.status.read()


def test_a_reload_changes_the_machines_and_keeps_what_was_said_of_those_that_stay(
    store: Store,
) -> None:
    store.status.begin(a_daemon("pump", "fan"))
    for machine in ("pump", "fan"):
        store.status.write_state(state(machine=machine))
    store.status.write_health(health())
    store.status.change(a_daemon("pump", "mill"))
    said = store.status.read()
    assert said.daemon == a_daemon("pump", "mill")
    assert said.states == {"pump": state(machine="pump")}
    assert said.health == health()
