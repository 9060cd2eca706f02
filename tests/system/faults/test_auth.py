"""Every way in which a broker can keep us out, each told in its own words; listening goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.daemons import Daemon, mqtt_table, wait_until
from tests.support.fault_matrix import fault
from tests.support.mosquitto import (
    Mosquitto,
    expired_certificate,
    needs_mosquitto,
    needs_openssl,
    self_signed_certificate,
)
from tests.system.faults.conftest import Hall

pytestmark = [pytest.mark.system, needs_mosquitto, needs_openssl]

SECRET = "open sesame"  # noqa: S105 - of a broker that lives for a second
WRONG = "open barley"


@dataclass(frozen=True)
class Refusal:
    """A broker that keeps us out.

    Attributes:
        broker: not yet started.
        lines: of the table ``[mqtt]``.
        said: what the log has to say.
    """

    broker: Mosquitto
    lines: tuple[str, ...]
    said: str


def password(folder: Path) -> Refusal:
    (folder / "password").write_text(f"{WRONG}\n")
    lines = ('username = "me"', f'password_file = "{folder / "password"}"')
    broker = Mosquitto(folder, users={"me": SECRET})
    return Refusal(broker, lines, "does not authorise the user 'me'; check username, password")


def anonymous(folder: Path) -> Refusal:
    broker = Mosquitto(folder, users={"me": SECRET})
    return Refusal(broker, (), "does not authorise anonymous access")


def access_rules(folder: Path) -> Refusal:
    broker = Mosquitto(folder, acl=["topic read #"])
    return Refusal(broker, (), "does not let anonymous clients publish to")


def untrusted(folder: Path) -> Refusal:
    broker = Mosquitto(folder, certificate=self_signed_certificate(folder))
    return Refusal(broker, ("tls = true",), "an untrusted certificate")


def expired(folder: Path) -> Refusal:
    certificate = expired_certificate(folder)
    lines = (f'ca_file = "{certificate.file}"',)
    return Refusal(Mosquitto(folder, certificate=certificate), lines, "an expired certificate")


def other_host(folder: Path) -> Refusal:
    certificate = self_signed_certificate(folder, of="DNS:broker.example")
    lines = (f'ca_file = "{certificate.file}"',)
    broker = Mosquitto(folder, certificate=certificate)
    return Refusal(broker, lines, "the certificate of another host")


def client_certificate(folder: Path) -> Refusal:
    certificate = self_signed_certificate(folder)
    options = [f"cafile {certificate.file}", "require_certificate true"]
    lines = (f'ca_file = "{certificate.file}"',)
    broker = Mosquitto(folder, certificate=certificate, options=options)
    return Refusal(broker, lines, "whether it wants a certificate (cert_file, key_file)")


def plain_to_tls(folder: Path) -> Refusal:
    broker = Mosquitto(folder, certificate=self_signed_certificate(folder))
    return Refusal(broker, (), "whether it wants TLS")


def tls_to_plain(folder: Path) -> Refusal:
    return Refusal(Mosquitto(folder), ("tls = true",), "whether it wants TLS")


@fault(
    6,
    "each failure of authentication, access rules and TLS",
    "its own sentence with the remedy, once; no secret in the log; listening goes on",
)
@pytest.mark.parametrize(
    "made",
    [
        password,
        anonymous,
        access_rules,
        untrusted,
        expired,
        other_host,
        client_certificate,
        plain_to_tls,
        tls_to_plain,
    ],
    ids=lambda made: made.__name__,
)
def test_a_broker_that_keeps_us_out_is_told_once_and_listening_goes_on(
    made: Callable[[Path], Refusal], hall: Hall, tmp_path: Path
) -> None:
    refusal = made(tmp_path)
    table = mqtt_table(refusal.broker.port, *refusal.lines)
    with refusal.broker, Daemon(tmp_path / "hall", hall.quiet(), table) as daemon:
        daemon.wait_for_log(refusal.said)
        wait_until(lambda: daemon.status()["machines"][0]["severity"], lambda: daemon.log)
        assert daemon.runs
        assert daemon.terminate() == 0
    complaints = [line for line in daemon.log.splitlines() if refusal.said in line]
    assert len(complaints) == len(set(complaints)), "once each"
    assert "Traceback" not in daemon.log
    assert not {SECRET, WRONG} & set(daemon.log.split())
    assert SECRET not in daemon.log
    assert WRONG not in daemon.log
