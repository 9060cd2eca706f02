"""Whether the thread that speaks with the broker gets on, as those see it who watch over it."""

import socket
import time
from collections.abc import Iterator

import pytest

from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.store.store import Store
from tests.support.daemons import wait_until
from tests.support.mosquitto import free_port
from tests.support.publishing import running

LATER_S = 1e6


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port where a connection is taken and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def hangs(sink: MqttSink, *, later_s: float = LATER_S) -> bool:
    return sink.hanging_thread(now_s=time.monotonic() + later_s) == "mqtt"


def test_who_waits_for_an_answer_hangs_only_when_that_takes_too_long(
    store: Store, deaf_port: int
) -> None:
    settings = MqttSettings(host="127.0.0.1", port=deaf_port, node="hall")
    with running(MqttSink(settings, store.outbox)) as sink:
        wait_until(lambda: hangs(sink))
        assert not hangs(sink, later_s=0.0)


def test_a_pause_between_two_attempts_is_no_hanging(store: Store) -> None:
    settings = MqttSettings(host="127.0.0.1", port=free_port(), node="hall", reconnect_min_s=60.0)
    with running(MqttSink(settings, store.outbox)) as sink:
        wait_until(lambda: sum(sink.failures.values()) == 1 and not hangs(sink))
