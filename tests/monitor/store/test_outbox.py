import json
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.monitor.events import EventType
from asd_monitor.monitor.store import database_file
from asd_monitor.monitor.store.database import Database
from asd_monitor.monitor.store.outbox import Outbox, OutgoingMessage
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly


def test_messages_wait_in_the_order_of_their_events(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        seqs = [store.record(anomaly(), outgoing=True).seq for _ in range(5)]
        waiting = store.outbox.pending()
        assert [json.loads(found.message.payload)["seq"] for found in waiting] == seqs
        assert store.outbox.pending(limit=2) == waiting[:2]
        assert {found.message.topic for found in waiting} == {"asd-monitor/hall/pump/event"}


def test_only_what_was_delivered_leaves(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        for _ in range(3):
            store.record(anomaly(), outgoing=True)
        first, second, third = store.outbox.pending()
        store.outbox.delivered(second.outbox_id)
        store.outbox.delivered(second.outbox_id)
        assert store.outbox.pending() == (first, third)
        health = store.outbox.health()
        assert (health.depth, health.dropped, health.sent) == (2, 0, 1)
        assert len(store.events()) == 3


def test_ids_of_delivered_messages_are_not_given_again(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        ids = []
        for _ in range(3):
            store.record(anomaly(), outgoing=True)
            (waiting,) = store.outbox.pending()
            ids.append(waiting.outbox_id)
            store.outbox.delivered(waiting.outbox_id)
    assert ids == sorted(set(ids))


def test_a_full_outbox_drops_the_oldest_and_counts(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with Store(path) as store:
        event = store.record(anomaly(), outgoing=False)
    database = Database(path)
    outbox = Outbox(database, limit=3)
    for number in range(5):
        with database.transaction() as transaction:
            message = OutgoingMessage("topic", str(number).encode())
            outbox.add(transaction, event.event_id, message)
    assert [found.message.payload for found in outbox.pending()] == [b"2", b"3", b"4"]
    assert outbox.health().dropped == 2
    database.close()


def test_every_recipient_has_what_it_was_not_told_yet(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        hook, file = store.outbox_for("hook"), store.outbox_for("file")
        store.record(anomaly(), outgoing=False)
        (waiting,) = hook.pending()
        hook.delivered(waiting.outbox_id)
        assert (len(hook.pending()), len(file.pending()), len(store.outbox.pending())) == (0, 1, 0)
        assert (hook.health().sent, file.health().sent, store.outbox.health().sent) == (1, 0, 0)


def test_a_recipient_that_is_never_reached_loses_only_its_own_oldest(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        store.record(anomaly(), outgoing=True)
        patient, full = store.outbox_for("patient"), store.outbox_for("full")
        full._limit = 2
        seqs = [store.record(anomaly(), outgoing=True).seq for _ in range(3)]
        left = [json.loads(found.message.payload)["seq"] for found in full.pending()]
        assert left == seqs[1:]
        assert full.health().dropped == 1
        assert (len(patient.pending()), len(store.outbox.pending())) == (3, 4)
        assert store.outbox.health().dropped == 0


def test_messages_of_a_store_that_knew_only_the_broker_are_the_brokers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.sqlite"
    with monkeypatch.context() as before:
        before.setattr(database_file, "_MIGRATIONS", database_file._MIGRATIONS[:2])
        with Store(path) as store:
            event = store.record(anomaly(), outgoing=False)
            store._database.query(
                "INSERT INTO outbox (event_id, topic, payload) VALUES (?, 't', x'7b7d')",
                event.event_id,
            )
    with Store(path) as store:
        assert [found.message.payload for found in store.outbox.pending()] == [b"{}"]
        assert store.outbox_for("hook").pending() == ()


def test_a_full_outbox_gives_up_news_of_the_capture_before_any_of_an_anomaly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lost = EventType.CAPTURE_LOST
    with Store(tmp_path / "s.sqlite") as store:
        store.outbox._limit = 4
        told = [anomaly(), replace(anomaly(), event_type=lost), anomaly(), anomaly(), anomaly()]
        seqs = [store.record(event, outgoing=True).seq for event in told]
        left = [json.loads(found.message.payload)["seq"] for found in store.outbox.pending()]
        assert left == [seq for seq in seqs if seq != seqs[1]]
        store.record(replace(anomaly(), event_type=lost), outgoing=True)
        assert [json.loads(f.message.payload)["seq"] for f in store.outbox.pending()] == left
        store.record(anomaly(), outgoing=True)
        assert len(store.outbox.pending()) == 4
        assert store.outbox.health().dropped == 3
    assert "4 messages wait for mqtt and no more are kept" in caplog.text
