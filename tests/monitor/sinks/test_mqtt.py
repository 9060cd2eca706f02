"""What the MQTT sink tells a real broker, and that nothing is lost on the way."""

import json
import logging
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.sinks import mqtt
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly, health, state
from tests.support.mosquitto import (
    Mosquitto,
    Subscriber,
    free_port,
    needs_mosquitto,
    retained,
)
from tests.support.publishing import running, settings

pytestmark = [needs_mosquitto, pytest.mark.system]


def test_it_is_born_lives_and_says_goodbye(broker: Mosquitto, store: Store) -> None:
    with Subscriber(broker.host, broker.port) as subscriber:
        with running(MqttSink(settings(broker.port), store.outbox)) as sink:
            sink.publish_machine_availability("pump", online=True)
            sink.publish_state(state())
            sink.publish_health(health())
            subscriber.wait_for(lambda heard: heard.topic == "asd-monitor/hall/health")
            assert sink.connected
        subscriber.wait_for(lambda heard: heard.payload == "offline" and "pump" not in heard.topic)
        told = [(heard.topic, heard.payload[:7]) for heard in subscriber.heard()]
    assert told[0] == ("asd-monitor/hall/availability", "online")
    assert told[-2:] == [
        ("asd-monitor/hall/pump/availability", "offline"),
        ("asd-monitor/hall/availability", "offline"),
    ]
    assert {topic for topic, _ in told[1:-2]} == {
        "asd-monitor/hall/pump/availability",
        "asd-monitor/hall/pump/state",
        "asd-monitor/hall/health",
    }


def test_a_newcomer_is_told_the_latest_state(broker: Mosquitto, store: Store) -> None:
    topic = "asd-monitor/hall/pump/state"
    with (
        Subscriber(broker.host, broker.port, topic=topic) as subscriber,
        running(MqttSink(settings(broker.port), store.outbox)) as sink,
    ):
        sink.publish_state(state())
        sink.publish_state(state(severity=Severity.CRITICAL))
        subscriber.wait_for(lambda heard: heard.json()["severity"] == "critical")
        assert json.loads(retained(broker.host, broker.port, topic))["severity"] == "critical"


def test_a_message_leaves_the_outbox_when_it_was_acknowledged(
    broker: Mosquitto, store: Store
) -> None:
    with Subscriber(broker.host, broker.port) as subscriber:
        with running(MqttSink(settings(broker.port), store.outbox)) as sink:
            event = store.record(anomaly(), outgoing=True)
            sink.publish_event(event)
            (heard,) = subscriber.wait_for_count("/event", 1)
        assert store.outbox.pending() == ()
        assert store.outbox.health().sent == 1
    told = heard.json()
    assert (told["event_id"], told["seq"]) == (event.event_id, 1)
    assert told["published_at"] is not None
    assert told["replayed"] is True  # it was detected long ago
    assert heard.retain is False


def test_it_waits_for_a_broker_that_comes_later(
    tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    broker = Mosquitto(tmp_path)
    subscriber = Subscriber(broker.host, broker.port)
    with broker, subscriber:
        pass  # from now on the broker keeps for the subscriber what it misses
    with (
        caplog.at_level(logging.WARNING),
        running(MqttSink(settings(broker.port), store.outbox)) as sink,
    ):
        sink.publish_state(state(severity=Severity.WARNING))
        sink.publish_state(state())
        for _ in range(3):
            sink.publish_event(store.record(anomaly(), outgoing=True))
        with broker, subscriber:
            heard = subscriber.wait_for_count("/event", 3)
            assert [found.json()["seq"] for found in heard[:3]] == [1, 2, 3]
            found = subscriber.wait_for(lambda message: message.topic.endswith("/state"))
            assert found.json()["severity"] == "normal"
            sink.close(10)
    refused = [record for record in caplog.records if "refuses connections" in record.message]
    assert len(refused) == 1


def _record_many(store: Store, sink: MqttSink, total: int) -> None:
    for _ in range(total):
        sink.publish_event(store.record(anomaly(), outgoing=True))


def _record_around(
    fall: Callable[[], None], total: int, *, store: Store, sink: MqttSink, subscriber: Subscriber
) -> None:
    """Half of them while the broker falls, once it has delivered some, and half after it."""
    writer = threading.Thread(target=_record_many, args=(store, sink, total // 2))
    writer.start()
    subscriber.wait_for_count("/event", 5)
    fall()
    writer.join()
    _record_many(store, sink, total // 2)


def test_events_survive_a_broker_that_restarts_in_their_midst(
    broker: Mosquitto, store: Store
) -> None:
    total = 60
    sink = MqttSink(settings(broker.port), store.outbox)
    with Subscriber(broker.host, broker.port) as subscriber, running(sink):
        _record_around(broker.stop, total, store=store, sink=sink, subscriber=subscriber)
        assert store.outbox.health().depth >= total // 2
        broker.start()
        subscriber.wait_for(lambda heard: f'"seq":{total},' in heard.payload)
    assert _first_seqs(subscriber) == list(range(1, total + 1))
    assert store.outbox.pending() == ()


def test_events_survive_the_death_of_broker_and_monitor(broker: Mosquitto, store: Store) -> None:
    total = 60
    sink = MqttSink(settings(broker.port), store.outbox)
    with Subscriber(broker.host, broker.port) as before, running(sink):
        _record_around(broker.kill, total, store=store, sink=sink, subscriber=before)
    left = [json.loads(found.message.payload)["seq"] for found in store.outbox.pending()]
    broker.start()
    sink = MqttSink(settings(broker.port), store.outbox)
    with Subscriber(broker.host, broker.port) as after, running(sink):
        after.wait_for(lambda heard: f'"seq":{total},' in heard.payload)
    assert _first_seqs(after) == left
    assert left == list(range(total + 1 - len(left), total + 1))
    assert store.outbox.health().sent == total


def _first_seqs(subscriber: Subscriber) -> list[int]:
    return list(dict.fromkeys(heard.json()["seq"] for heard in subscriber.heard("/event")))


def test_everything_retained_is_told_again_after_a_reconnect(tmp_path: Path, store: Store) -> None:
    topics = [f"asd-monitor/hall/{end}" for end in _RETAINED]
    with (
        Mosquitto(tmp_path) as broker,
        running(MqttSink(settings(broker.port), store.outbox)) as sink,
    ):
        with Subscriber(broker.host, broker.port) as subscriber:
            sink.publish_machine_availability("pump", online=True)
            sink.publish_state(state())
            sink.publish_health(health())
            subscriber.wait_for_count("/health", 1)
        broker.kill()
        broker.forget()
        broker.start()
        for topic in topics:
            with Subscriber(broker.host, broker.port, topic=topic) as subscriber:
                subscriber.wait_for_count(topic, 1)


_RETAINED = ["availability", "pump/availability", "pump/state", "health"]

_DOOMED = """
import sys
from pathlib import Path
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.store.store import Store

store = Store(Path(sys.argv[2]))
sink = MqttSink(MqttSettings(host="127.0.0.1", port=int(sys.argv[1]), node="hall"), store.outbox)
sink.start()
sys.stdin.read()
"""


def test_the_last_will_is_read_when_the_process_is_killed(
    broker: Mosquitto, tmp_path: Path
) -> None:
    topic = "asd-monitor/hall/availability"
    with Subscriber(broker.host, broker.port, topic=topic) as subscriber:
        command = [sys.executable, "-c", _DOOMED, str(broker.port), str(tmp_path / "d.sqlite")]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
            subscriber.wait_for(lambda heard: heard.payload == "online")
            child.send_signal(signal.SIGKILL)
        subscriber.wait_for(lambda heard: heard.payload == "offline")
    assert retained(broker.host, broker.port, topic) == "offline"


def test_a_newer_connection_is_not_overtaken_by_the_will_of_an_older(
    broker: Mosquitto, store: Store
) -> None:
    topic = "asd-monitor/hall/availability"
    patient = replace(settings(broker.port), reconnect_min_s=60.0, reconnect_max_s=60.0)
    with Subscriber(broker.host, broker.port, topic=topic) as subscriber:
        first = MqttSink(patient, store.outbox)
        first.start()
        subscriber.wait_for_count(topic, 1)
        with running(MqttSink(settings(broker.port), store.outbox)):
            heard = [found.payload for found in subscriber.wait_for_count(topic, 3)]
            assert heard == ["online", "offline", "online"]
            first.close(1)
            assert retained(broker.host, broker.port, topic) == "online"


def test_events_alone_leave_the_presence_of_a_running_monitor_alone(
    broker: Mosquitto, store: Store
) -> None:
    with Subscriber(broker.host, broker.port) as subscriber:
        with (
            running(MqttSink(settings(broker.port), store.outbox)) as monitor,
            Store(Path(f"{store._database.path}.replay")) as replayed,
        ):
            subscriber.wait_for(lambda heard: heard.payload == "online")
            sink = MqttSink(settings(broker.port), replayed.outbox, events_only=True)
            with running(sink):
                sink.publish_state(state())
                sink.publish_event(replayed.record(anomaly(), outgoing=True))
                subscriber.wait_for_count("/event", 1)
            assert monitor.connected
            assert len(subscriber.heard()) == 2
        subscriber.wait_for(lambda heard: heard.payload == "offline")


def test_closing_with_a_full_outbox_keeps_what_was_not_delivered(
    broker: Mosquitto, store: Store
) -> None:
    for _ in range(50):
        store.record(anomaly(), outgoing=True)
    with Subscriber(broker.host, broker.port) as subscriber:
        sink = MqttSink(settings(broker.port), store.outbox)
        sink.start()
        subscriber.wait_for_count("/event", 1)
        sink.close(0.2)
        left = [json.loads(found.message.payload)["seq"] for found in store.outbox.pending()]
        with running(MqttSink(settings(broker.port), store.outbox)):
            subscriber.wait_for(lambda heard: '"seq":50,' in heard.payload)
    assert left == list(range(51 - len(left), 51))
    assert {heard.json()["seq"] for heard in subscriber.heard("/event")} == set(range(1, 51))


def test_with_other_settings_it_moves_to_another_broker_and_takes_everything_along(
    tmp_path: Path, store: Store
) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    with (
        Mosquitto(tmp_path / "old") as old,
        Mosquitto(tmp_path / "new") as new,
        running(MqttSink(settings(old.port), store.outbox)) as sink,
    ):
        sink.publish_machine_availability("pump", online=True)
        sink.publish_state(state())
        with Subscriber(old.host, old.port) as subscriber:
            subscriber.wait_for(lambda heard: heard.topic.endswith("/state"))
            sink.change_settings(replace(settings(new.port), home_assistant=True))
            subscriber.wait_for(
                lambda heard: (
                    (heard.topic, heard.payload) == ("asd-monitor/hall/availability", "offline")
                )
            )
        with Subscriber(new.host, new.port) as subscriber:
            sink.publish_event(store.record(anomaly(), outgoing=True))
            subscriber.wait_for(lambda heard: heard.topic.endswith("/event"))
            subscriber.wait_for(lambda heard: heard.topic.startswith("homeassistant/"))
            told = {heard.topic: heard.payload for heard in subscriber.heard()}
    assert told["asd-monitor/hall/availability"] == "online"
    assert told["asd-monitor/hall/pump/availability"] == "online"
    assert "asd-monitor/hall/pump/state" in told
    assert store.outbox.health().depth == 0


def test_other_settings_end_the_wait_for_a_broker_that_is_not_there(
    broker: Mosquitto, store: Store
) -> None:
    nowhere = replace(settings(free_port()), reconnect_min_s=300.0, reconnect_max_s=300.0)
    with (
        Subscriber(broker.host, broker.port) as subscriber,
        running(MqttSink(nowhere, store.outbox)) as sink,
    ):
        store.record(anomaly(), outgoing=True)
        sink.change_settings(settings(broker.port))
        subscriber.wait_for(lambda heard: heard.topic.endswith("/event"))


def test_waits_double_up_to_their_bound_and_differ_by_chance() -> None:
    random.seed(1)
    waits = mqtt._reconnect_waits_s(settings(1883))
    for bound_s in [0.05, 0.1, 0.2, 0.2, 0.2]:
        assert bound_s / 2 <= next(waits) <= bound_s
    many = mqtt._reconnect_waits_s(settings(1883))
    assert len({next(many) for _ in range(100)}) == 100
