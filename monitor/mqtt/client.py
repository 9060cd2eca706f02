"""A paho client as our settings want it, not yet connected."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.mqtt.settings import MqttSettings, Protocol

_VERSIONS: Final[Mapping[Protocol, MQTTProtocolVersion]] = {
    "5": MQTTProtocolVersion.MQTTv5,
    "3.1.1": MQTTProtocolVersion.MQTTv311,
}


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, if we are lost without a word."""

    topic: str
    payload: bytes


def make_client(
    settings: MqttSettings, client_id: str, will: Will | None, protocol: Protocol
) -> Client:
    """Make a client that nothing is remembered of when its connection ends, on either side.

    Args:
        settings: login, TLS, quality of service.
        client_id: its name at the broker.
        will: the last will, or None.
        protocol: version of MQTT to speak.

    Raises:
        ConfigurationError: a TLS file cannot be used.
    """
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=_VERSIONS[protocol],
        reconnect_on_failure=False,
    )
    if settings.username is not None:
        client.username_pw_set(settings.username, settings.password)
    if settings.uses_tls:
        client.tls_set_context(tls_context(settings))
    if will is not None:
        client.will_set(will.topic, will.payload, qos=settings.qos, retain=True)
    return client


def tls_context(settings: MqttSettings) -> ssl.SSLContext:
    """What to encrypt with, and whom to trust.

    Raises:
        ConfigurationError: a TLS file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        context.sslsocket_class = _TidySocket
        if settings.cert_file is not None:
            context.load_cert_chain(settings.cert_file, settings.key_file)
    except OSError as error:
        raise ConfigurationError(
            f"The TLS files of [mqtt] cannot be used ({error}); "
            "check ca_file, cert_file and key_file."
        ) from error
    return context


class _TidySocket(ssl.SSLSocket):
    """Closed where the handshake fails; paho forgets it then, and its descriptor stays open."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands or close."""
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise
