"""Where the MQTT broker is and how to speak with it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from asd_monitor.models.errors import ConfigurationError

DEFAULT_PORT: Final = 1883
_HIGHEST_PORT: Final = 65_535

Protocol = Literal["5", "3.1.1"]
"""A version of MQTT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """Settings of the connection to a broker.

    Attributes:
        host: name or address.
        port: TCP port.
        node: name of this host in topics.
        username: None for anonymous access.
        password: never shown.
        tls: encrypt; implied by any of the files.
        ca_file: certificates to trust, PEM; None for the system's.
        cert_file: this client's certificate, PEM, with ``key_file``.
        key_file: its private key, PEM.
        keepalive_s: seconds of silence after which a ping is sent; a broker gives a dead client
            up after one and a half of it.
        client_id: None for ``asd-monitor-<node>``. It has to be stable: a broker that sees it
            again ends the old connection, and so its last will cannot overtake the new birth.
        qos: quality of service of everything published, 1 or 2.
        reconnect_min_s: first wait after a lost connection.
        reconnect_max_s: longest wait.
        home_assistant: introduce every machine to Home Assistant.
        protocol: the version of MQTT to speak; None tries 5 and then 3.1.1.
        spectrogram: publish the picture of a machine's latest event.

    Raises:
        ConfigurationError: a value cannot be used.
    """

    host: str
    port: int = DEFAULT_PORT
    node: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keepalive_s: int = 30
    client_id: str | None = None
    qos: int = 1
    reconnect_min_s: float = 1.0
    reconnect_max_s: float = 300.0
    home_assistant: bool = False
    protocol: Protocol | None = None
    spectrogram: bool = False

    def __post_init__(self) -> None:
        _require(bool(self.host), "[mqtt] host is empty; give the broker's name or address.")
        _require(
            0 < self.port <= _HIGHEST_PORT,
            f"[mqtt] port = {self.port} is no TCP port; give one from 1 to {_HIGHEST_PORT}.",
        )
        _require(
            self.qos in {1, 2},
            f"[mqtt] qos = {self.qos} cannot promise delivery; give 1 or 2.",
        )
        _require(
            0 < self.keepalive_s <= _HIGHEST_PORT,
            f"[mqtt] keepalive_s = {self.keepalive_s} is out of range; give 1 to {_HIGHEST_PORT}.",
        )
        _require(
            self.password is None or self.username is not None,
            "[mqtt] has a password but no username; give both or neither.",
        )
        _require(
            (self.cert_file is None) == (self.key_file is None),
            "[mqtt] cert_file and key_file belong together; give both or neither.",
        )
        _require(
            0 < self.reconnect_min_s <= self.reconnect_max_s,
            "[mqtt] reconnect_min_s has to be above 0 and at most reconnect_max_s.",
        )

    @property
    def address(self) -> str:
        """``host:port``, as people write it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.tls or self.ca_file is not None or self.cert_file is not None


def parse_broker(text: str) -> tuple[str, int]:
    """Read ``host``, ``host:port`` or ``[IPv6 address]:port``.

    Raises:
        ConfigurationError: the text is none of these.
    """
    host, port = _split(text)
    if not host or not port.isdecimal() or not 0 < int(port) <= _HIGHEST_PORT:
        raise ConfigurationError(
            f"The broker {text!r} is not understood; give HOST or HOST:PORT, "
            "such as localhost:1883 or [::1]:1883."
        )
    return host, int(port)


def _split(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, closing, rest = text[1:].partition("]")
        port = rest.removeprefix(":") if rest else str(DEFAULT_PORT)
        return (host, port) if closing and rest[:1] in {"", ":"} else ("", "")
    host, colon, port = text.partition(":")
    return host, port if colon else str(DEFAULT_PORT)


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise ConfigurationError(sentence)
