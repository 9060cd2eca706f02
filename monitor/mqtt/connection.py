"""One connection to an MQTT broker, from its opening to its loss, used by one thread.

MQTT 5, because only there a broker says that it has thrown a message away (its access rules) or
why it ends a connection (a second client with our name); 3.1.1 with a broker that knows no more,
which may refuse the newer protocol, hang up on it, or wait for the rest of what it takes for 3.1.1.
"""

import selectors
import ssl
import time
from types import TracebackType
from typing import Final, Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.exception import MQTTException
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from ulid import ULID

from asd_monitor.models.errors import BrokerCause, BrokerError
from asd_monitor.monitor.mqtt import words as mqtt_words
from asd_monitor.monitor.mqtt.client import Will, make_client
from asd_monitor.monitor.mqtt.receipt import Receipt
from asd_monitor.monitor.mqtt.settings import MqttSettings, Protocol
from asd_monitor.monitor.waker import Waker

_CONNECT_TIMEOUT_S: Final = 5.0
_HOUSEKEEPING_S: Final = 1.0
_SILENT_KEEPALIVES: Final = 1.5
_UNSUPPORTED_PROTOCOL: Final = 132


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
        self._client_id = client_id
        self._waker = waker
        self._refusal: ReasonCode | None = None
        self._ending: BrokerError | None = None
        self._is_open = False
        self._heard: list[bytes] = []
        self._refusals: list[str] = []
        self._receipts: dict[int, Receipt] = {}
        self._heard_at_s = time.monotonic()
        self._client = self._make_client(will, settings.protocol or "5")
        try:
            self._connect()
        except _NotUnderstoodError as error:
            if settings.protocol is not None:
                raise
            self._client = self._make_client(will, "3.1.1")
            self._connect_after(error)

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

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> Receipt:
        """Send a message; its ``is_published()`` says when the broker has answered.

        Raises:
            BrokerError: the connection is lost.
        """
        sent = self._client.publish(topic, payload, qos=self._settings.qos, retain=retain)
        self._require(sent.rc)
        receipt = self._receipts[sent.mid] = Receipt(topic)
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

    def take_refusals(self) -> list[str]:
        """Why messages were thrown away since the last call, a sentence each."""
        refusals, self._refusals = self._refusals, []
        return refusals

    def step(self, timeout_s: float) -> None:
        """Wait until the broker said something, the waker was used, or time is up; handle it.

        Args:
            timeout_s: at most; a wait ends after a second in any case, for pings.

        Raises:
            BrokerError: the connection is lost, or nothing has come for 1.5 keep-alives.
        """
        channel = self._client.socket()
        if channel is None:
            raise self._lost()
        ready = self._wait(channel, min(timeout_s, _HOUSEKEEPING_S))
        self._waker.clear()
        if ready & selectors.EVENT_READ:
            self._heard_at_s = time.monotonic()
            self._read()
        if ready & selectors.EVENT_WRITE:
            self._require(self._client.loop_write())
        self._require(self._client.loop_misc())
        # Pings are asked for after one keep-alive, and answered by a broker that lives.
        if time.monotonic() - self._heard_at_s > _SILENT_KEEPALIVES * self._client.keepalive:
            raise BrokerError(mqtt_words.silent(self._settings), cause=BrokerCause.SILENT)

    def _read(self) -> None:
        try:
            self._require(self._client.loop_read())
        except (MQTTException, ValueError) as error:  # what came is no MQTT
            raise self._lost() from error

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

    def _make_client(self, will: Will | None, protocol: Protocol) -> Client:
        client = make_client(self._settings, self._client_id, will, protocol)
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _connect(self) -> None:
        settings = self._settings
        self._refusal = None
        try:
            self._client.connect(settings.host, settings.port, settings.keepalive_s)
        except (OSError, UnicodeError) as error:
            raise BrokerError(
                mqtt_words.unreachable(error, settings), cause=mqtt_words.cause_of(error)
            ) from error
        try:
            self._await_answer(time.monotonic() + _CONNECT_TIMEOUT_S)
        except BrokerError:
            self._abandon()
            raise
        self._is_open = True

    def _connect_after(self, not_understood: "_NotUnderstoodError") -> None:
        try:
            self._connect()
        except _NotUnderstoodError:
            raise not_understood from None

    def _await_answer(self, give_up_at_s: float) -> None:
        while not self._client.is_connected():
            remaining_s = give_up_at_s - time.monotonic()
            if remaining_s <= 0:
                raise _NotUnderstoodError(
                    mqtt_words.unreachable(TimeoutError(), self._settings),
                    cause=BrokerCause.NO_BROKER,
                )
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
            self._refusal = reason

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            sentence = mqtt_words.ended(reason, self._client_id, self._settings)
            self._ending = BrokerError(sentence, cause=mqtt_words.cause_of_ending(reason))

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self._heard.append(bytes(message.payload))

    def _on_publish(
        self,
        _client: Client,
        _userdata: object,
        message_id: int,
        reason: ReasonCode,
        _properties: Properties,
    ) -> None:
        receipt = self._receipts.pop(message_id, None)
        if receipt is None:
            return
        receipt.answer(reason, self._settings)
        if receipt.refusal is not None:
            self._refusals.append(receipt.refusal)

    def _require(self, code: MQTTErrorCode) -> None:
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise self._lost()

    def _lost(self) -> BrokerError:
        if self._refusal is not None:
            is_old = self._refusal.value == _UNSUPPORTED_PROTOCOL
            kind = _NotUnderstoodError if is_old else BrokerError
            sentence = mqtt_words.refused(self._refusal, self._settings)
            return kind(sentence, cause=mqtt_words.cause_of_refusal(self._refusal))
        if not self._is_open:
            return _NotUnderstoodError(
                mqtt_words.no_broker(self._settings), cause=BrokerCause.NO_BROKER
            )
        if self._ending is not None:
            return self._ending
        sentence = mqtt_words.lost(self._client_id, self._settings)
        return BrokerError(sentence, cause=BrokerCause.LOST)


class _NotUnderstoodError(BrokerError):
    """Somebody listens, and has not answered our first word as one who understands it."""


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
