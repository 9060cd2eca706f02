"""The table ``[mqtt]``."""

from dataclasses import dataclass
from pathlib import Path

from asd_monitor.monitor.config.secrets import find_secret
from asd_monitor.monitor.mqtt.settings import DEFAULT_PORT, MqttSettings, Protocol

TLS_PORT = 8883


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttConfig:
    """The table ``[mqtt]``.

    Attributes:
        host: name or address of the broker; nothing is published where not given.
        port: its port; 8883 with TLS and 1883 without where not given.
        username: to log in with; where not given the credential ``mqtt-username``, if there is one.
        password_file: file whose first line is the password, which is never written here; where not
            given the credential ``mqtt-password``, if there is one.
        tls: encrypt the connection and check the broker's certificate.
        ca_file: authority that signed the broker's certificate, PEM; the system's where not given.
        cert_file: our certificate for mutual TLS, PEM.
        key_file: the key of ``cert_file``, PEM.
        keepalive_s: seconds between signs of life.
        protocol: version of MQTT, ``5`` or ``3.1.1``; where not given 5, and 3.1.1 with a
            broker that knows no more.
        home_assistant: introduce every machine to Home Assistant, by MQTT device discovery.
        spectrogram: publish the picture of a machine's latest event, as PNG.
    """

    host: str | None = None
    port: int | None = None
    username: str | None = None
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keepalive_s: int = 30
    protocol: Protocol | None = None
    home_assistant: bool = False
    spectrogram: bool = False


def mqtt_settings(mqtt: MqttConfig, *, node: str) -> MqttSettings | None:
    """The settings of the connection to the broker; None where no broker is configured.

    Raises:
        ConfigurationError: a value cannot be used, or the password file cannot be read.
    """
    if mqtt.host is None:
        return None
    is_encrypted = mqtt.tls or mqtt.ca_file is not None or mqtt.cert_file is not None
    return MqttSettings(
        host=mqtt.host,
        port=mqtt.port or (TLS_PORT if is_encrypted else DEFAULT_PORT),
        node=node,
        username=mqtt.username or find_secret("mqtt-username"),
        password=find_secret("mqtt-password", file=mqtt.password_file, key="mqtt.password_file"),
        tls=mqtt.tls,
        ca_file=mqtt.ca_file,
        cert_file=mqtt.cert_file,
        key_file=mqtt.key_file,
        keepalive_s=mqtt.keepalive_s,
        protocol=mqtt.protocol,
        home_assistant=mqtt.home_assistant,
        spectrogram=mqtt.spectrogram,
    )
