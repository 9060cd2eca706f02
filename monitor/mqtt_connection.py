"""One connection to an MQTT broker, from its opening to its loss, used by one thread.

MQTT 3.1.1: every broker speaks it, the embedded one included, and nothing of MQTT 5 is needed.
"""

import selectors
import socket
import ssl
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from ulid import ULID

from asd_monitor.models.errors import BrokerError, ConfigurationError
from asd_monitor.monitor.mqtt_settings import MqttSettings
from asd_monitor.monitor.waker import Waker

_CONNECT_TIMEOUT_S: Final = 5.0
_HOUSEKEEPING_S: Final = 1.0
_BAD_CREDENTIALS: Final = 134
_NOT_AUTHORISED: Final = 135


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, if we are lost without a word."""

    topic: str
    payload: bytes


class MqttConnection:
    """An open connection. Only one thread may use it; others may use its waker.

    Everything happens in `step`, `publish` and the constructor; nothing happens behind the
    caller's back, and after a `BrokerError` the connection is of no further use. A new connection
    knows nothing of an old one's messages: who needs them to arrive keeps them.

    Args:
        settings: where and how.
        client_id: name of this client at the broker.
        will: the last will, or None.
        waker: ends a `step` early.

    Raises:
        BrokerError: the broker cannot be reached or refuses us.
        ConfigurationError: a TLS file cannot be used.
    """

    def __init__(
        self, settings: MqttSettings, *, client_id: str, will: Will | None, waker: Waker
    ) -> None:
        self._settings = settings
        self._waker = waker
        self._refusal: str | None = None
        self._is_open = False
        self._heard: list[bytes] = []
        self._client = self._make_client(client_id, will)
        self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A clean goodbye withdraws the last will: it is due only where all has been said.
        if kind is None:
            self._client.disconnect()
        else:
            self._abandon()

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> MQTTMessageInfo:
        """Send a message; its ``is_published()`` says when the broker has acknowledged it.

        Raises:
            BrokerError: the connection is lost.
        """
        receipt = self._client.publish(topic, payload, qos=self._settings.qos, retain=retain)
        self._require(receipt.rc)
        return receipt

    def subscribe(self, topic: str) -> None:
        """Listen to a topic; `take_heard` hands out what comes.

        Raises:
            BrokerError: the connection is lost.
        """
        code, _ = self._client.subscribe(topic, qos=self._settings.qos)
        self._require(code)

    def take_heard(self) -> list[bytes]:
        """The payloads that have come since the last call."""
        heard, self._heard = self._heard, []
        return heard

    def step(self, timeout_s: float) -> None:
        """Wait until the broker said something, the waker was used, or time is up; handle it.

        Args:
            timeout_s: at most; a wait ends after a second in any case, for pings.

        Raises:
            BrokerError: the connection is lost.
        """
        channel = self._client.socket()
        if channel is None:
            raise self._lost()
        ready = self._wait(channel, min(timeout_s, _HOUSEKEEPING_S))
        self._waker.clear()
        if ready & selectors.EVENT_READ:
            self._require(self._client.loop_read())
        if ready & selectors.EVENT_WRITE:
            self._require(self._client.loop_write())
        self._require(self._client.loop_misc())

    def _wait(self, channel: object, timeout_s: float) -> int:
        if isinstance(channel, ssl.SSLSocket) and channel.pending():
            return selectors.EVENT_READ  # decrypted already, so that the socket would not wake us
        interest = selectors.EVENT_READ
        if self._client.want_write():
            interest |= selectors.EVENT_WRITE
        with selectors.DefaultSelector() as selector:
            selector.register(channel, interest)  # type: ignore[arg-type]
            selector.register(self._waker, selectors.EVENT_READ)
            ready = selector.select(timeout_s)
        return sum(events for key, events in ready if key.fileobj is channel)

    def _make_client(self, client_id: str, will: Will | None) -> Client:
        settings = self._settings
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        if settings.username is not None:
            client.username_pw_set(settings.username, settings.password)
        if settings.uses_tls:
            client.tls_set_context(_tls_context(settings))
        if will is not None:
            client.will_set(will.topic, will.payload, qos=settings.qos, retain=True)
        return client

    def _connect(self) -> None:
        settings = self._settings
        try:
            self._client.connect(settings.host, settings.port, settings.keepalive_s)
        except (OSError, UnicodeError) as error:
            raise BrokerError(_explain(error, settings)) from error
        try:
            self._await_answer(time.monotonic() + _CONNECT_TIMEOUT_S)
        except BrokerError:
            self._abandon()
            raise
        self._is_open = True

    def _await_answer(self, give_up_at_s: float) -> None:
        while not self._client.is_connected():
            remaining_s = give_up_at_s - time.monotonic()
            if remaining_s <= 0:
                raise BrokerError(_explain(TimeoutError(), self._settings))
            self.step(remaining_s)

    def _abandon(self) -> None:
        if (channel := self._client.socket()) is not None:
            channel.close()

    def _on_connect(
        self,
        _client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refusal = _explain_refusal(reason, self._settings)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self._heard.append(bytes(message.payload))

    def _require(self, code: MQTTErrorCode) -> None:
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise self._lost()

    def _lost(self) -> BrokerError:
        if self._refusal is not None:
            return BrokerError(self._refusal)
        if self._is_open:
            return BrokerError(
                f"The connection to the broker at {self._settings.address} was lost; "
                "check the broker's log if this happens again and again."
            )
        return BrokerError(
            f"What listens at {self._settings.address} does not answer as an MQTT broker does; "
            "check its port, and whether it wants TLS."
        )


def check_broker(settings: MqttSettings) -> None:
    """Connect and disconnect, without a word to anybody.

    Raises:
        BrokerError: the broker cannot be reached or refuses us; the message says which.
        ConfigurationError: a TLS file cannot be used.
    """
    waker = Waker()
    try:
        # Under a name of its own: that of a running monitor would end the monitor's connection.
        client_id = f"asd-monitor-check-{ULID()}"
        with MqttConnection(settings, client_id=client_id, will=None, waker=waker):
            pass
    finally:
        waker.close()


def _tls_context(settings: MqttSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.cert_file is not None:
            context.load_cert_chain(settings.cert_file, settings.key_file)
    except OSError as error:
        raise ConfigurationError(
            f"The TLS files of [mqtt] cannot be used ({error}); "
            "check ca_file, cert_file and key_file."
        ) from error
    return context


def _explain(error: Exception, settings: MqttSettings) -> str:
    where = f"The broker at {settings.address}"
    match error:
        case socket.gaierror() | UnicodeError():
            return (
                f"The broker's host name {settings.host!r} cannot be resolved; check its spelling."
            )
        case ConnectionRefusedError():
            return f"{where} refuses connections; check that it is running, and its port."
        case ssl.SSLCertVerificationError():
            return (
                f"{where} shows an untrusted certificate ({error.verify_message}); check ca_file."
            )
        case ssl.SSLError():
            return f"{where} cannot be spoken to with TLS ({error.reason}); check its port."
        case TimeoutError():
            return f"{where} does not answer; check host and port, and any firewall between."
        case _:
            return f"{where} cannot be reached ({error}); check host, port and network."


def _explain_refusal(reason: ReasonCode, settings: MqttSettings) -> str:
    where = f"The broker at {settings.address}"
    who = "anonymous access" if settings.username is None else f"the user {settings.username!r}"
    if reason.value == _BAD_CREDENTIALS:
        return f"{where} does not accept the password of {who}; check username and password."
    if reason.value == _NOT_AUTHORISED:
        return f"{where} does not authorise {who}; check username, password and its rules."
    return f"{where} refuses the connection ({reason}); check its log."
