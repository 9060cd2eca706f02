"""SIGKILL at any moment."""

import random
import sqlite3
import threading
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from asd_monitor.monitor.store.store import FILE_NAME
from tests.support.daemons import Daemon, mqtt_table, wait_until
from tests.support.fault_matrix import fault
from tests.support.mosquitto import Mosquitto, Subscriber, needs_mosquitto
from tests.system.faults.conftest import Hall

pytestmark = [pytest.mark.system, needs_mosquitto]

LONGEST_LIFE_S = 4.0


def require_whole(path: Path) -> None:
    if not path.exists():
        return
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


@fault(
    8,
    "fifty SIGKILLs under load",
    "the database is whole; every committed event is delivered; twice only what was in flight",
)
@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.slow)])
def test_whatever_is_committed_is_delivered(kills: int, hall: Hall, tmp_path: Path) -> None:
    moments = random.Random(kills)  # noqa: S311 - nothing secret
    with Mosquitto(tmp_path) as broker, Subscriber(broker.host, broker.port) as subscriber:
        tables = (hall.busy("busy"), hall.busy("bee"), hall.quiet(), mqtt_table(broker.port))
        daemon = Daemon(tmp_path / "hall", *tables)
        for _ in range(kills):
            with daemon:
                # The moment of the kill has to be any; there is nothing to wait for.
                threading.Event().wait(moments.uniform(0.5, LONGEST_LIFE_S))
            require_whole(daemon.data / FILE_NAME)
        with daemon:
            wait_until(lambda: len(daemon.events()) >= 1 and daemon.waiting() == 0)
            committed = {event.event_id: event.seq for event in daemon.events()}
            wait_until(lambda: daemon.waiting() == 0)
            told = [heard.json() for heard in subscriber.heard("/event")]
    newest = {event["event_id"]: event["seq"] for event in told}
    assert {name: seq for name, seq in newest.items() if name in committed} == committed
    for machine in ("busy", "bee"):
        seqs = [event["seq"] for event in told if event["machine"] == machine]
        assert set(seqs) == set(range(1, max(seqs) + 1)), "none is missing"
        # One is in flight at a time, so that what comes again is the very last one.
        assert all(after - before in {0, 1} for before, after in pairwise(seqs))
        assert len(seqs) - len(set(seqs)) <= kills
    assert "is damaged" not in daemon.log


@fault(
    8,
    "a store that is damaged when the daemon starts",
    "set aside under a dated name, a new one begun; the daemon runs, and numbers go on above",
)
def test_a_damaged_store_is_set_aside(hall: Hall, tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "hall", hall.busy())
    with daemon:
        before = [event.seq or 0 for event in daemon.wait_for_events(2)]
    path = daemon.data / FILE_NAME
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    content = bytearray(path.read_bytes())
    content[100:] = bytes(len(content) - 100)
    path.write_bytes(content)
    with daemon:
        daemon.wait_for_log("was set aside as")
        after = [event.seq or 0 for event in daemon.wait_for_events(1)]
    assert min(after) > max(before)
    assert list(daemon.data.glob(f"{FILE_NAME}.damaged-*"))
