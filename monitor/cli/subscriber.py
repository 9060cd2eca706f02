"""A plain MQTT subscriber, as any user would have one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from asd_monitor.models.errors import BrokerError
from asd_monitor.models.timestamps import utc_now

CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """A message: where, when (UTC), and its JSON fields, or its text where it is none."""

    topic: str
    at: datetime
    fields: dict[str, Any] | str


class Subscriber:
    """Subscribes to everything of asd-monitor and hands on what comes.

    Args:
        host: of the broker.
        port: of the broker.
        on_message: called with each message, on the client's own thread.
    """

    def __init__(self, host: str, port: int, on_message: Callable[[Received], None]) -> None:
        self._address = (host, port)
        self._on_message = on_message
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("asd-monitor/#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self._receive(message)

    def __enter__(self) -> Self:
        self._client.connect(*self._address)
        self._client.loop_start()
        if not self._subscribed.wait(CONNECT_S):
            self._client.loop_stop()
            raise BrokerError(f"the broker {self._address} did not take our subscription")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _receive(self, message: MQTTMessage) -> None:
        self._on_message(Received(message.topic, utc_now(), _fields(bytes(message.payload))))


def _fields(payload: bytes) -> dict[str, Any] | str:
    try:
        decoded = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return payload.decode(errors="replace")
    return decoded if isinstance(decoded, dict) else str(decoded)
