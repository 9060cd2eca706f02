from pathlib import Path
from typing import Any

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.mqtt.settings import MqttSettings, parse_broker


@pytest.mark.parametrize(
    ("text", "broker"),
    [
        ("localhost", ("localhost", 1883)),
        ("localhost:1884", ("localhost", 1884)),
        ("192.0.2.1:8883", ("192.0.2.1", 8883)),
        ("[::1]:1884", ("::1", 1884)),
        ("[::1]", ("::1", 1883)),
    ],
)
def test_a_broker_is_a_host_and_perhaps_a_port(text: str, broker: tuple[str, int]) -> None:
    assert parse_broker(text) == broker


@pytest.mark.parametrize(
    "text", ["", ":1883", "host:", "host:x", "host:0", "host:65536", "[::1", "::1"]
)
def test_what_is_no_broker_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ConfigurationError, match="HOST:PORT"):
        parse_broker(text)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"host": ""}, "host"),
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"qos": 0}, "qos"),
        ({"keepalive_s": 0}, "keepalive_s"),
        ({"password": "secret"}, "username"),
        ({"cert_file": Path("c.pem")}, "key_file"),
        ({"reconnect_min_s": 9.0, "reconnect_max_s": 1.0}, "reconnect_min_s"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_key(values: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigurationError, match=key):
        MqttSettings(**({"host": "localhost", "node": "hall"} | values))


def test_the_password_is_never_shown() -> None:
    settings = MqttSettings(host="h", node="hall", username="me", password="secret")  # noqa: S106
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("values", "uses_tls"),
    [
        ({}, False),
        ({"tls": True}, True),
        ({"ca_file": Path("ca.pem")}, True),
        ({"cert_file": Path("c.pem"), "key_file": Path("k.pem")}, True),
    ],
)
def test_files_for_tls_imply_tls(values: dict[str, Any], uses_tls: bool) -> None:
    assert MqttSettings(host="h", node="hall", **values).uses_tls is uses_tls


def test_an_address_is_written_as_it_is_read() -> None:
    for text in ["localhost:1883", "[::1]:1884"]:
        host, port = parse_broker(text)
        assert MqttSettings(host=host, port=port, node="hall").address == text
