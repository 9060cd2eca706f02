"""The way to a real broker, and each of its stages failing in each of its ways."""

import socketserver
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.mqtt.walk import Stage, Step, walk
from tests.support.mosquitto import (
    Certificate,
    Mosquitto,
    Subscriber,
    expired_certificate,
    free_port,
    needs_mosquitto,
    needs_openssl,
    self_signed_certificate,
)

pytestmark = [pytest.mark.system, needs_mosquitto]
SESAME = "open sesame"
PLAIN_STAGES = [stage for stage in Stage if stage is not Stage.TLS]


def to(port: int, **settings: object) -> MqttSettings:
    """Settings for a broker on a loopback port."""
    plain = MqttSettings(host="127.0.0.1", port=port, node="hall")
    return replace(plain, **settings)  # type: ignore[arg-type]


def logged_in(port: int) -> MqttSettings:
    return to(port, username="hall", password=SESAME)


def failing(settings: MqttSettings) -> Step:
    """The last step, which failed where all before it passed."""
    *before, last = walk(settings)
    assert all(step.passed for step in before)
    assert not last.passed
    assert SESAME not in last.said
    return last


def test_a_way_without_an_obstacle_is_gone_to_its_end(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Subscriber(broker.host, broker.port) as subscriber:
        steps = list(walk(to(broker.port)))
        heard = subscriber.wait_for_count("/test", 1)
    assert [step.stage for step in steps] == PLAIN_STAGES
    assert all(step.passed for step in steps)
    assert not heard[0].retain


def test_a_host_that_is_not_known() -> None:
    step = failing(replace(to(1883), host="no-such-host.invalid"))
    assert step.stage is Stage.RESOLVE
    assert "check its spelling" in step.said


def test_a_port_that_nobody_listens_on() -> None:
    step = failing(to(free_port()))
    assert step.stage is Stage.CONNECT
    assert "refuses connections" in step.said


@needs_openssl
def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    shown, trusted = (self_signed_certificate(tmp_path, name=name) for name in ("one", "other"))
    with Mosquitto(tmp_path, certificate=shown) as broker:
        step = failing(to(broker.port, ca_file=trusted.file))
    assert step.stage is Stage.TLS
    assert "untrusted certificate" in step.said


def of_another_host(folder: Path) -> Certificate:
    return self_signed_certificate(folder, of="DNS:elsewhere.example")


@needs_openssl
@pytest.mark.parametrize(
    ("make", "said"),
    [(expired_certificate, "an expired certificate"), (of_another_host, "of another host")],
)
def test_a_certificate_that_is_not_valid(
    make: Callable[[Path], Certificate], said: str, tmp_path: Path
) -> None:
    certificate = make(tmp_path)
    with Mosquitto(tmp_path, certificate=certificate) as broker:
        step = failing(to(broker.port, ca_file=certificate.file))
    assert step.stage is Stage.TLS
    assert said in step.said


@needs_openssl
def test_a_port_that_does_not_speak_tls(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        step = failing(to(broker.port, tls=True))
    assert step.stage is Stage.TLS


class Mail(socketserver.BaseRequestHandler):
    """Greets as a mail server does, and hears nothing."""

    def handle(self) -> None:
        self.request.sendall(b"220 mail.example ESMTP\r\n")


def test_a_port_that_speaks_something_else() -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        step = failing(to(server.server_address[1], protocol="5"))
        server.shutdown()
    assert step.stage is Stage.AUTHENTICATE
    assert "does not answer as an MQTT broker" in step.said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong"}, "'hall'"),
        ({"username": None, "password": None}, "anonymous"),
    ],
)
def test_a_name_that_is_not_let_in(
    change: dict[str, str | None], said: str, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path, users={"hall": SESAME}) as broker:
        assert all(step.passed for step in walk(logged_in(broker.port)))
        step = failing(replace(logged_in(broker.port), **change))  # type: ignore[arg-type]
    assert step.stage is Stage.AUTHENTICATE
    assert said in step.said


@needs_openssl
def test_a_broker_that_wants_our_certificate(tmp_path: Path) -> None:
    its, ours, unknown = (
        self_signed_certificate(tmp_path, name=name) for name in ("its", "ours", "unknown")
    )
    options = [f"cafile {ours.file}", "require_certificate true"]
    with Mosquitto(tmp_path, certificate=its, options=options) as broker:
        bare = to(broker.port, ca_file=its.file)
        steps = list(walk(replace(bare, cert_file=ours.file, key_file=ours.key_file)))
        refused = failing(replace(bare, cert_file=unknown.file, key_file=unknown.key_file))
        missing = failing(bare)
    assert [step.stage for step in steps] == list(Stage)
    assert all(step.passed for step in steps)
    assert refused.stage is missing.stage is Stage.AUTHENTICATE
    assert "wants a certificate (cert_file, key_file)" in missing.said
    assert "accepts the certificate in cert_file" in refused.said


@pytest.mark.parametrize(
    ("rules", "protocol", "stage"),
    [
        (["topic read #"], "5", Stage.PUBLISH),
        (["topic read #"], "3.1.1", Stage.READ_BACK),
        (["topic write asd-monitor/#"], "5", Stage.READ_BACK),
        (["topic readwrite asd-monitor/hall/#"], "5", None),
    ],
)
def test_access_rules_are_named_where_they_stop_us(
    rules: list[str], protocol: str, stage: Stage | None, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path, users={"hall": SESAME}, acl=["user hall", *rules]) as broker:
        *_, last = walk(replace(logged_in(broker.port), protocol=protocol))  # type: ignore[arg-type]
    assert (None if last.passed else last.stage) is stage
    if stage is not None:
        assert "access rules" in last.said
        assert "asd-monitor/hall/test" in last.said


def test_files_that_cannot_be_used_are_no_stage_of_the_way(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ca_file"):
        list(walk(to(8883, ca_file=tmp_path / "nowhere.pem")))
