"""A sink that publishes to a broker on this computer."""

from collections.abc import Iterator
from contextlib import contextmanager

from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.sinks.mqtt import MqttSink


def settings(port: int) -> MqttSettings:
    """For a broker there; who is cut off soon tries again."""
    return MqttSettings(
        host="127.0.0.1", port=port, node="hall", reconnect_min_s=0.05, reconnect_max_s=0.2
    )


@contextmanager
def running(sink: MqttSink) -> Iterator[MqttSink]:
    """The sink, started, and closed in the end."""
    sink.start()
    try:
        yield sink
    finally:
        sink.close(10)
