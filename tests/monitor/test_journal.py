import logging
import sqlite3
from datetime import timedelta

import pytest

from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.monitor.events import close_event
from asd_monitor.monitor.journal import RETRY_S, Journal
from asd_monitor.monitor.outcome import JudgedClip
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import NOON, anomaly
from tests.support.clip_scores import clip
from tests.support.recording_sink import RecordingSink
from tests.support.stores import unwritable


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


@pytest.fixture
def journal(store: Store, sink: RecordingSink) -> Journal:
    return Journal("pump", store, [sink], outgoing=True)


def judged(second: int) -> JudgedClip:
    verdict = Verdict(Severity.NORMAL, None, 0.5, 1.0, 0.5)
    return JudgedClip(clip(0.5), verdict, NOON + timedelta(seconds=second))


STARTED = anomaly()
ENDED = close_event(STARTED, ended_at=NOON + timedelta(seconds=9))


def test_the_store_knows_of_an_event_before_the_sinks_do(
    journal: Journal, store: Store, sink: RecordingSink
) -> None:
    journal.record(STARTED, now_s=0)
    assert sink.events == list(store.events())
    assert journal.last_seq == sink.events[0].seq == 1
    assert len(store.outbox.pending()) == 1


def test_events_wait_in_order_for_a_store_that_can_be_written(
    journal: Journal, store: Store, sink: RecordingSink
) -> None:
    with unwritable(store):
        journal.record(STARTED, now_s=0)
        journal.record(ENDED, now_s=1)
        journal.retry(now_s=RETRY_S)
        assert sink.events == []
    journal.retry(now_s=2 * RETRY_S)
    assert [event.event_type for event in sink.events] == [STARTED.event_type, ENDED.event_type]
    assert [event.seq for event in sink.events] == [1, 2]
    assert store.events() == (sink.events[-1],)
    assert len(store.outbox.pending()) == 2


def test_a_store_that_fails_is_left_alone_for_a_while(
    journal: Journal, store: Store, sink: RecordingSink
) -> None:
    """Each attempt on a store that somebody holds costs seconds in which no sound is judged."""
    with unwritable(store):
        journal.record(STARTED, now_s=0)
    journal.retry(now_s=RETRY_S - 0.1)
    journal.remember(judged(0), now_s=RETRY_S - 0.1)
    assert sink.events == []
    assert store.scores.clips("pump", since=NOON) == ()
    journal.retry(now_s=RETRY_S)
    assert len(sink.events) == 1


def test_scores_are_given_up_and_counted_and_kept_again_afterwards(
    journal: Journal, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with unwritable(store):
        for second in range(40):
            journal.remember(judged(second), now_s=second)
    for second in range(40, 80):
        journal.remember(judged(second), now_s=second)
    kept = store.scores.clips("pump", since=NOON)
    n_lost = 80 - len(kept)
    assert 40 <= n_lost < 40 + RETRY_S
    assert f"{n_lost} clip scores of pump were not kept" in caplog.text


def test_one_cause_is_said_once_per_outage(
    journal: Journal, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for outage in range(2):
        begun_s = outage * 10_000
        with unwritable(store):
            journal.record(STARTED, now_s=begun_s)
            for second in range(1000):
                journal.remember(judged(second), now_s=begun_s + second)
                journal.retry(now_s=begun_s + second)
        journal.retry(now_s=begun_s + 2000)
    said = [record.levelno for record in caplog.records]
    assert said == [logging.ERROR, logging.WARNING] * 2


def test_closing_tries_a_last_time(journal: Journal, store: Store, sink: RecordingSink) -> None:
    with unwritable(store):
        journal.record(STARTED, now_s=0)
    journal.close(now_s=1)
    assert len(sink.events) == 1


def test_what_could_not_be_written_to_the_end_is_named(
    journal: Journal, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with unwritable(store):
        journal.record(STARTED, now_s=0)
        journal.close(now_s=1)
    assert STARTED.event_id in caplog.text


def test_a_damaged_store_is_no_matter_of_patience(
    journal: Journal, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object, **__: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(store, "record", damaged)
    with pytest.raises(sqlite3.DatabaseError):
        journal.record(STARTED, now_s=0)
