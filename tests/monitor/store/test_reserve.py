import sqlite3
from pathlib import Path

import pytest

from asd_monitor.models.errors import BusyError
from asd_monitor.monitor.store.reserve import RESERVE_BYTES, Reserve
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import NOON, a_daemon, anomaly
from tests.support.disks import fill, free_bytes, small_disk

pytestmark = pytest.mark.system


def test_a_reserve_takes_its_room_and_gives_it(tmp_path: Path) -> None:
    with small_disk(tmp_path, megabytes=16) as disk:
        before = free_bytes(disk)
        reserve = Reserve(disk / "reserve")
        assert reserve.keep()
        assert free_bytes(disk) <= before - RESERVE_BYTES
        assert reserve.give()
        assert not reserve.give()
        assert free_bytes(disk) == before


def test_no_reserve_is_taken_from_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    with small_disk(tmp_path, megabytes=6) as disk:
        before = free_bytes(disk)
        assert not Reserve(disk / "reserve").keep()
        assert free_bytes(disk) == before


def test_on_a_full_disk_events_are_written_and_delivered_and_nothing_else(tmp_path: Path) -> None:
    with small_disk(tmp_path, megabytes=16) as disk:
        reserve = Reserve(disk / "reserve")
        with Store(disk / "s.sqlite", reserve=reserve) as store:
            fill(disk)
            events = [store.record(anomaly(), outgoing=True) for _ in range(200)]
            assert store.events() == tuple(events)
            with pytest.raises(sqlite3.OperationalError, match="full"):
                store.status.begin(a_daemon())
            health = store.health()
            assert health.short_of_room
            assert health.trouble == "database or disk is full"
            for pending in store.outbox.pending(limit=200):
                store.outbox.delivered(pending.outbox_id)
            assert store.outbox.health().depth == 0
            (disk / "filler").unlink()
            store.look_after(NOON)
            store.status.begin(a_daemon())
            assert reserve.is_kept
            assert not store.health().short_of_room
            assert store.health().trouble is None


def test_a_store_is_opened_on_a_full_disk_by_means_of_the_reserve(tmp_path: Path) -> None:
    with small_disk(tmp_path, megabytes=16) as disk:
        path, reserve = disk / "s.sqlite", Reserve(disk / "reserve")
        with Store(path, reserve=reserve) as store:
            event = store.record(anomaly(), outgoing=True)
        fill(disk)
        with Store(path, reserve=reserve) as store:
            assert store.events() == (event,)
            store.record(anomaly(), outgoing=True)


def test_a_full_disk_without_a_reserve_is_an_error_of_the_outside_world(tmp_path: Path) -> None:
    with small_disk(tmp_path, megabytes=1) as disk:
        fill(disk)
        with pytest.raises(BusyError, match="make room"):
            Store(disk / "s.sqlite", reserve=Reserve(disk / "reserve"))
