from pathlib import Path

import pytest

from asd_monitor.models.errors import BrokerError
from asd_monitor.monitor.messages import Topics
from asd_monitor.monitor.mqtt.retained import clear_retained
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import state
from tests.support.mosquitto import Mosquitto, Subscriber, free_port, needs_mosquitto, retained

pytestmark = pytest.mark.system


@needs_mosquitto
def test_a_broker_keeps_nothing_of_a_machine_that_is_forgotten(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Store(tmp_path / "s.sqlite") as store:
        settings = MqttSettings(host=broker.host, port=broker.port, node="hall")
        sink = MqttSink(settings, store.outbox)
        sink.start()
        for machine in ("pump", "fan"):
            sink.publish_state(state(machine=machine))
            sink.publish_machine_availability(machine, online=True)
            retained(broker.host, broker.port, f"asd-monitor/hall/{machine}/state")
        sink.close(10)
        before = kept_by(settings)
        clear_retained(settings, Topics("hall").retained("pump"))
        after = kept_by(settings)
    assert before - after == {"hall/pump/state", "hall/pump/availability"}
    assert after == {"hall/fan/state", "hall/fan/availability", "hall/availability"}


def kept_by(settings: MqttSettings) -> set[str]:
    """The topics, without their beginning, on which somebody who comes now is told something."""
    end = "asd-monitor/end"
    with Subscriber(settings.host, settings.port, topic="asd-monitor/#") as subscriber:
        clear_retained(settings, [end])  # comes after everything that was kept
        subscriber.wait_for(lambda heard: heard.topic == end)
        told = subscriber.heard()
    return {heard.topic.removeprefix("asd-monitor/") for heard in told if heard.retain}


def test_without_a_broker_it_is_one_sentence() -> None:
    settings = MqttSettings(host="127.0.0.1", port=free_port(), node="hall")
    with pytest.raises(BrokerError, match="refuses connections"):
        clear_retained(settings, ["a"])
