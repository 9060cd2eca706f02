import importlib
import logging
import socket
from pathlib import Path

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.mqtt.broker import EmbeddedBroker
from asd_monitor.monitor.mqtt.connection import check_broker
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly, state
from tests.support.mosquitto import Subscriber, needs_mosquitto, retained

pytest.importorskip("amqtt", reason="needs the extra asd-monitor[broker]")


def _settings(broker: EmbeddedBroker) -> MqttSettings:
    return MqttSettings(host=broker.host, port=broker.port, node="hall", reconnect_min_s=0.05)


def test_it_listens_on_a_free_port_of_its_own_until_left() -> None:
    with EmbeddedBroker() as first, EmbeddedBroker() as second:
        assert 0 != first.port != second.port
        check_broker(_settings(first))
        check_broker(_settings(second))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((first.host, first.port))


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with EmbeddedBroker() as first, pytest.raises(ConfigurationError, match=str(first.port)):
        EmbeddedBroker(port=first.port).__enter__()


def test_without_its_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_there(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", not_there)
    with pytest.raises(ConfigurationError, match=r"asd-monitor\[broker\]"):
        EmbeddedBroker().__enter__()


@needs_mosquitto
def test_the_sink_gets_through_and_newcomers_are_told_the_last_state(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING),
        Store(tmp_path / "s.sqlite") as store,
        EmbeddedBroker() as broker,
        Subscriber(broker.host, broker.port) as subscriber,
    ):
        sink = MqttSink(_settings(broker), store.outbox)
        sink.start()
        sink.publish_state(state())
        events = [store.record(anomaly(), outgoing=True) for _ in range(3)]
        sink.publish_event(events[-1])
        heard = subscriber.wait_for_count("/event", 3)
        assert [found.json()["seq"] for found in heard] == [1, 2, 3]
        assert "normal" in retained(broker.host, broker.port, "asd-monitor/hall/pump/state")
        sink.close(10)
        subscriber.wait_for(lambda found: found.payload == "offline")
        assert store.outbox.pending() == ()
    assert caplog.text == ""
