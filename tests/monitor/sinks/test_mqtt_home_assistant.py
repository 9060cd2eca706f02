import subprocess

import pytest

from asd_monitor.monitor.mqtt import home_assistant_birth
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import state
from tests.support.mosquitto import Mosquitto, Subscriber, needs_mosquitto, retained

pytestmark = [needs_mosquitto, pytest.mark.system]

TOPIC = "homeassistant/device/asd_monitor_hall_pump/config"


def start(broker: Mosquitto, store: Store, *, home_assistant: bool) -> MqttSink:
    settings = MqttSettings(
        host=broker.host, port=broker.port, node="hall", home_assistant=home_assistant
    )
    sink = MqttSink(settings, store.outbox)
    sink.start()
    return sink


def tell(sink: MqttSink) -> None:
    sink.publish_machine_availability("pump", online=True)
    sink.publish_machine_availability("pump", online=False)
    sink.publish_state(state())


def test_a_machine_is_introduced_once_and_for_who_comes_later(
    broker: Mosquitto, store: Store
) -> None:
    with Subscriber(broker.host, broker.port) as subscriber:
        sink = start(broker, store, home_assistant=True)
        tell(sink)
        subscriber.wait_for(lambda heard: heard.topic.endswith("/state"))
        sink.close(10)
        assert len(subscriber.heard(TOPIC)) == 1
    assert '"Acoustic machine monitor"' in retained(broker.host, broker.port, TOPIC)


def test_it_is_introduced_again_when_home_assistant_starts(
    broker: Mosquitto, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_assistant_birth, "LONGEST_WAIT_S", 0.1)
    with Subscriber(broker.host, broker.port, topic=TOPIC) as subscriber:
        sink = start(broker, store, home_assistant=True)
        tell(sink)
        subscriber.wait_for_count(TOPIC, 1)
        publish(broker, home_assistant_birth.STATUS_TOPIC, "online")
        told = subscriber.wait_for_count(TOPIC, 2)
        sink.close(10)
    assert told[0].payload == told[1].payload


def publish(broker: Mosquitto, topic: str, payload: str) -> None:
    command = ["mosquitto_pub", "-h", broker.host, "-p", str(broker.port), "-q", "1"]
    subprocess.run([*command, "-t", topic, "-m", payload], check=True)


def test_without_the_key_home_assistant_is_neither_told_nor_heard(
    broker: Mosquitto, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_assistant_birth, "LONGEST_WAIT_S", 0.0)
    with Subscriber(broker.host, broker.port) as subscriber:
        sink = start(broker, store, home_assistant=False)
        tell(sink)
        subscriber.wait_for(lambda heard: heard.topic.endswith("/state"))
        publish(broker, home_assistant_birth.STATUS_TOPIC, "online")
        sink.close(10)
        subscriber.wait_for(lambda heard: heard.payload == "offline" and "pump" not in heard.topic)
        told = {heard.topic for heard in subscriber.heard()}
    assert told - {home_assistant_birth.STATUS_TOPIC} == {
        "asd-monitor/hall/availability",
        "asd-monitor/hall/pump/availability",
        "asd-monitor/hall/pump/state",
    }
