import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from asd_monitor.monitor.events import close_event
from asd_monitor.monitor.store.marks import Mark, Opinion
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import NOON, anomaly

LATER = NOON.replace(microsecond=0) + timedelta(hours=1)


def an_event(store: Store) -> str:
    return store.record(anomaly(), outgoing=False).event_id


def test_an_event_has_no_mark_until_it_is_given_one(store: Store) -> None:
    event_id = an_event(store)
    assert store.marks.of(event_id) == Mark(event_id=event_id)
    assert store.marks.all() == {}


def test_an_opinion_is_read_back_with_its_note_and_time(store: Store) -> None:
    event_id = an_event(store)
    store.marks.give_opinion(event_id, Opinion.FALSE_ALARM, note="greased", at=LATER)
    mark = Mark(event_id=event_id, opinion=Opinion.FALSE_ALARM, note="greased", marked_at=LATER)
    assert store.marks.of(event_id) == mark
    assert store.marks.all() == {event_id: mark}


def test_the_latest_opinion_counts_and_takes_the_former_note_with_it(store: Store) -> None:
    event_id = an_event(store)
    store.marks.give_opinion(event_id, Opinion.FALSE_ALARM, note="greased", at=NOON)
    store.marks.give_opinion(event_id, Opinion.TRUE_ALARM, note=None, at=LATER)
    mark = store.marks.of(event_id)
    assert (mark.opinion, mark.note, mark.marked_at) == (Opinion.TRUE_ALARM, None, LATER)


def test_clearing_takes_the_opinion_back_and_leaves_that_it_was_seen(store: Store) -> None:
    event_id = an_event(store)
    store.marks.acknowledge(event_id, at=LATER)
    store.marks.give_opinion(event_id, Opinion.FALSE_ALARM, note="greased", at=LATER)
    store.marks.clear_opinion(event_id)
    assert store.marks.of(event_id) == Mark(event_id=event_id, acknowledged_at=LATER)


def test_the_first_who_saw_it_counts(store: Store) -> None:
    event_id = an_event(store)
    store.marks.acknowledge(event_id, at=LATER)
    store.marks.acknowledge(event_id, at=LATER + timedelta(days=1))
    assert store.marks.of(event_id).acknowledged_at == LATER


def test_a_mark_stays_when_its_event_ends(store: Store) -> None:
    event = store.record(anomaly(), outgoing=False)
    store.marks.acknowledge(event.event_id, at=LATER)
    store.record(close_event(event, ended_at=LATER), outgoing=False)
    assert store.marks.of(event.event_id).acknowledged_at == LATER


def test_an_event_that_does_not_exist_cannot_be_marked(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.marks.acknowledge("no such event", at=NOON)
    assert store.marks.all() == {}


def test_a_command_marks_while_the_daemon_writes(store_file: Path, store: Store) -> None:
    event_ids = [an_event(store) for _ in range(20)]
    with Store(store_file, must_exist=True) as command, ThreadPoolExecutor(2) as pool:
        written = pool.map(lambda _: an_event(store), range(20))
        marked = pool.map(lambda each: command.marks.acknowledge(each, at=LATER), event_ids)
        assert len(list(written)) == len(list(marked)) == 20
    assert store.marks.all().keys() == set(event_ids)
    assert len(store.events()) == 40
