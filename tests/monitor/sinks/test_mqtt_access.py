"""Whether a broker lets us in, and what is said where it does not."""

import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.models.errors import BrokerError, ConfigurationError
from asd_monitor.monitor.mqtt.connection import check_broker
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly
from tests.support.mosquitto import (
    Mosquitto,
    Subscriber,
    free_port,
    needs_mosquitto,
    needs_openssl,
    self_signed_certificate,
)
from tests.support.publishing import running, settings

pytestmark = [needs_mosquitto, pytest.mark.system]
SESAME = "open sesame"


def test_a_password_opens_the_broker(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, users={"me": SESAME}) as broker:
        check_broker(replace(settings(broker.port), username="me", password=SESAME))


@pytest.mark.parametrize(
    ("username", "password", "who"),
    [(None, None, "anonymous access"), ("me", "wrong", "user 'me'")],
)
def test_a_broker_that_refuses_us_says_whom(
    tmp_path: Path, username: str | None, password: str | None, who: str
) -> None:
    with (
        Mosquitto(tmp_path, users={"me": SESAME}) as broker,
        pytest.raises(BrokerError, match=f"does not authorise .*{who}"),
    ):
        check_broker(replace(settings(broker.port), username=username, password=password))


@needs_openssl
# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
def test_a_certificate_is_trusted_only_when_it_is_named(tmp_path: Path, store: Store) -> None:
    certificate = self_signed_certificate(tmp_path)
    with (
        Mosquitto(tmp_path, certificate=certificate) as broker,
        Subscriber(broker.host, broker.port, ca_file=certificate.file) as subscriber,
    ):
        trusting = replace(settings(broker.port), ca_file=certificate.file)
        with running(MqttSink(trusting, store.outbox)) as sink:
            sink.publish_event(store.record(anomaly(), outgoing=True))
            subscriber.wait_for_count("/event", 1)
        with pytest.raises(BrokerError, match="untrusted certificate"):
            check_broker(replace(settings(broker.port), tls=True))
        with pytest.raises(BrokerError, match="wants TLS"):
            check_broker(settings(broker.port))


def test_a_broker_that_is_not_there_refuses_connections() -> None:
    with pytest.raises(BrokerError, match="refuses connections"):
        check_broker(settings(free_port()))


def test_a_host_without_address_cannot_be_resolved() -> None:
    for host in ["no-such-host.invalid", "a" * 70 + ".invalid"]:
        with pytest.raises(BrokerError, match="cannot be resolved"):
            check_broker(MqttSettings(host=host, node="hall"))


def _hang_up(server: socket.socket) -> None:
    for _ in range(2):  # on MQTT 5 and on 3.1.1
        server.accept()[0].close()


def test_somebody_else_on_the_port_is_a_lost_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_hang_up, args=(server,), daemon=True).start()
        with pytest.raises(BrokerError, match="does not answer as an MQTT broker"):
            check_broker(settings(server.getsockname()[1]))


def test_a_certificate_file_that_is_missing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ca_file"):
        check_broker(replace(settings(1883), ca_file=tmp_path / "ca.pem"))
