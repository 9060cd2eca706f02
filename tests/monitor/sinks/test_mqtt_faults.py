"""What a broker may do to us, each with its own sentence, and nothing lost by it."""

import contextlib
import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.models.errors import BrokerCause, BrokerError
from asd_monitor.monitor.mqtt import connection as mqtt_connection
from asd_monitor.monitor.mqtt import delivery as mqtt_delivery
from asd_monitor.monitor.mqtt.broker import EmbeddedBroker
from asd_monitor.monitor.mqtt.client import Will
from asd_monitor.monitor.mqtt.connection import MqttConnection, check_broker
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.store.store import Store
from asd_monitor.monitor.waker import Waker
from tests.support.alarms import anomaly, state
from tests.support.mosquitto import (
    Mosquitto,
    Subscriber,
    expired_certificate,
    free_port,
    needs_mosquitto,
    needs_openssl,
    self_signed_certificate,
)
from tests.support.publishing import running, settings
from tests.support.stores import unwritable

pytestmark = pytest.mark.system


@pytest.fixture
def waker() -> Iterator[Waker]:
    made = Waker()
    yield made
    made.close()


@needs_mosquitto
def test_an_event_that_the_rules_forbid_stays_in_the_outbox_and_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_delivery, "_REFUSED_PAUSE_S", 0.05)
    rules = ["topic read #", "topic write asd-monitor/+/availability", "topic write asd-monitor/x"]
    topic = "asd-monitor/hall/availability"
    with (
        caplog.at_level(logging.WARNING),
        Store(tmp_path / "s.sqlite") as store,
        Mosquitto(tmp_path, acl=rules) as broker,
        Subscriber(broker.host, broker.port) as subscriber,
        running(MqttSink(settings(broker.port), store.outbox)) as sink,
    ):
        sink.publish_event(store.record(anomaly(), outgoing=True))
        subscriber.wait_for(lambda heard: heard.topic == topic)
        sink.publish_state(state())
        waker = threading.Event()
        while len([each for each in caplog.messages if "does not let" in each]) < 2:
            waker.wait(0.05)
        assert sink.connected
        assert store.outbox.health().depth == 1
        assert store.outbox.health().sent == 0
    complaints = [each for each in caplog.messages if "does not let anonymous" in each]
    assert len(complaints) == 2, "each topic is named once"
    assert {each.split(" publish to ")[1].split(";")[0] for each in complaints} == {
        "asd-monitor/hall/pump/event",
        "asd-monitor/hall/pump/state",
    }


@needs_mosquitto
def test_a_second_client_with_our_name_is_named_and_no_storm_breaks_loose(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    patient = replace(settings(1), reconnect_min_s=0.2, reconnect_max_s=60.0)
    with (
        caplog.at_level(logging.INFO),
        Mosquitto(tmp_path) as broker,
        Store(tmp_path / "a.sqlite") as one,
        Store(tmp_path / "b.sqlite") as other,
        running(MqttSink(replace(patient, port=broker.port), one.outbox)),
        running(MqttSink(replace(patient, port=broker.port), other.outbox)),
    ):
        threading.Event().wait(6)
    assert any("second client calls itself 'asd-monitor-hall'" in each for each in caplog.messages)
    # Pauses of at least 0.1, 0.2, 0.4, 0.8, 1.6 and 3.2 s come one after the other.
    assert 3 <= len([each for each in caplog.messages if "Connected" in each]) <= 14


def step_for(connection: MqttConnection, duration_s: float) -> None:
    ends_s = time.monotonic() + duration_s
    while (left_s := ends_s - time.monotonic()) > 0:
        connection.step(left_s)


@needs_mosquitto
def test_a_broker_that_hangs_is_given_up_after_one_and_a_half_keep_alives(
    tmp_path: Path, waker: Waker
) -> None:
    with Mosquitto(tmp_path) as broker:
        brief = replace(settings(broker.port), keepalive_s=1)
        connection = MqttConnection(brief, client_id="x", will=None, waker=waker)
        step_for(connection, 4.0)
        with broker.frozen(), pytest.raises(BrokerError, match=r"fallen silent for 1\.5 s"):
            step_for(connection, 2.5)


@needs_mosquitto
def test_an_acknowledged_event_is_not_sent_again_while_the_store_cannot_be_written(
    tmp_path: Path,
) -> None:
    with (
        Store(tmp_path / "s.sqlite") as store,
        Mosquitto(tmp_path) as broker,
        Subscriber(broker.host, broker.port) as subscriber,
    ):
        events = [store.record(anomaly(), outgoing=True) for _ in range(2)]
        with unwritable(store), running(MqttSink(settings(broker.port), store.outbox)) as sink:
            subscriber.wait_for_count("/event", 1)
            sink.publish_state(state())
            subscriber.wait_for_count("/state", 1)
            threading.Event().wait(1.5)
            assert len(subscriber.heard("/event")) == 1
            assert sink.connected
            store._database.query("PRAGMA query_only = OFF")
            heard = subscriber.wait_for_count("/event", 2)
        assert [each.json()["event_id"] for each in heard] == [each.event_id for each in events]


@needs_mosquitto
@needs_openssl
# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("expired", "an expired certificate"),
        ("other host", "the certificate of another host"),
        ("no client certificate", "whether it wants a certificate"),
    ],
)
def test_each_fault_of_a_certificate_is_told_apart(tmp_path: Path, fault: str, said: str) -> None:
    match fault:
        case "expired":
            certificate = expired_certificate(tmp_path)
        case "other host":
            certificate = self_signed_certificate(tmp_path, of="DNS:broker.example")
        case _:
            certificate = self_signed_certificate(tmp_path)
    wants_one = fault == "no client certificate"
    options = [f"cafile {certificate.file}", "require_certificate true"] if wants_one else []
    with (
        Mosquitto(tmp_path, certificate=certificate, options=options) as broker,
        pytest.raises(BrokerError, match=said),
    ):
        check_broker(replace(settings(broker.port), ca_file=certificate.file))


def test_a_broker_that_speaks_only_3_1_1_is_spoken_to_so(waker: Waker) -> None:
    pytest.importorskip("amqtt", reason="needs the extra asd-monitor[broker]")
    with EmbeddedBroker() as broker:
        check_broker(settings(broker.port))
        # It waits for more of a will that it does not understand.
        will = Will("asd-monitor/hall/availability", b"offline")
        connection = MqttConnection(settings(broker.port), client_id="x", will=will, waker=waker)
        with connection:
            receipt = connection.publish("asd-monitor/hall/pump/state", b"{}", retain=True)
            while not receipt.is_published():
                connection.step(1.0)
        assert receipt.refusal is None


def _babble(server: socket.socket, answers: random.Random) -> None:
    with contextlib.suppress(OSError):  # the server has been closed
        while True:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answers.randbytes(answers.randrange(1, 64)))


@pytest.mark.parametrize("head", [b"", b"\x20", b"\x20\x09\x00\x00", b"\x20\x03\x00\x00\x00"])
def test_somebody_who_babbles_is_an_error_of_the_domain(
    head: bytes, waker: Waker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_connection, "_CONNECT_TIMEOUT_S", 0.1)

    class Answers(random.Random):
        def randbytes(self, n: int) -> bytes:
            return head + super().randbytes(n)

    with socket.create_server(("127.0.0.1", 0)) as server:
        babbler = threading.Thread(target=_babble, args=(server, Answers(7)), daemon=True)
        babbler.start()
        brief = settings(server.getsockname()[1])
        for _ in range(30):
            with (
                contextlib.suppress(BrokerError),
                MqttConnection(brief, client_id="x", will=None, waker=waker) as connection,
            ):
                connection.publish("a", b"b", retain=False)
                connection.step(0.05)


@needs_mosquitto
@needs_openssl
def test_every_failure_is_counted_by_its_cause(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("here", "elsewhere", "before", "closed")}
    for folder in folders.values():
        folder.mkdir()
    here = self_signed_certificate(folders["here"])
    elsewhere = self_signed_certificate(folders["elsewhere"], of="DNS:broker.example")
    before = expired_certificate(folders["before"])
    with (
        Store(tmp_path / "s.sqlite") as store,
        Mosquitto(tmp_path, users={"hall": "open sesame"}) as strict,
        Mosquitto(folders["closed"], acl=["topic read #"]) as closed,
        Mosquitto(folders["here"], certificate=here) as encrypted,
        Mosquitto(folders["elsewhere"], certificate=elsewhere) as foreign,
        Mosquitto(folders["before"], certificate=before) as outdated,
    ):
        nobody = settings(free_port())
        told = {
            BrokerCause.CERTIFICATE_HOST: replace(
                nobody, port=foreign.port, ca_file=elsewhere.file
            ),
            BrokerCause.CERTIFICATE_EXPIRED: replace(
                nobody, port=outdated.port, ca_file=before.file
            ),
            BrokerCause.FORBIDDEN: replace(nobody, port=closed.port),
            BrokerCause.RESOLVE: replace(nobody, host="no-such-host.invalid"),
            BrokerCause.CONNECT: nobody,
            BrokerCause.CERTIFICATE_UNTRUSTED: replace(nobody, port=encrypted.port, tls=True),
            BrokerCause.CREDENTIALS: replace(nobody, port=strict.port),
        }
        for cause, unlucky in told.items():
            with running(MqttSink(unlucky, store.outbox)) as sink:
                assert soon(lambda: sink.failures[cause] > 0)  # noqa: B023 - called here and now
                assert {each for each, count in sink.failures.items() if count} == {cause}


def soon(is_true: Callable[[], bool]) -> bool:
    """Whether something becomes true before long."""
    ends_s = time.monotonic() + 20
    while not is_true() and time.monotonic() < ends_s:
        threading.Event().wait(0.05)
    return is_true()
