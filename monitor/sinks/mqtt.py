"""The MQTT sink: retained states that are always the latest, and events that always arrive."""

import itertools
import logging
import math
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import ClassVar, Final

from ulid import ULID

from asd_monitor.models.errors import AsdMonitorError, BrokerCause, BrokerError
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor import versions
from asd_monitor.monitor.back_off import BackOff
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.log_limit import LogLimit
from asd_monitor.monitor.messages import (
    OFFLINE,
    ONLINE,
    Health,
    State,
    Topics,
    health_payload,
    state_payload,
)
from asd_monitor.monitor.mqtt.client import Will
from asd_monitor.monitor.mqtt.connection import MqttConnection
from asd_monitor.monitor.mqtt.delivery import EventDelivery
from asd_monitor.monitor.mqtt.home_assistant import discovery_payload
from asd_monitor.monitor.mqtt.home_assistant_birth import STATUS_TOPIC, BirthWatch
from asd_monitor.monitor.mqtt.latest import LatestMessages
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.stint import Stint
from asd_monitor.monitor.store.outbox import Outbox
from asd_monitor.monitor.waker import Waker

_log = logging.getLogger(__name__)

_SAME_COMPLAINT_EVERY_S: Final = 300.0
# A connection that lasted so long ends a row of attempts; shorter ones are part of it.
_LASTING_S: Final = 30.0
# More than looking up a name and trying its addresses takes, in both versions of the protocol; the
# handshake of TLS may take a keep-alive besides, in each.
_CONNECTING_S: Final = 120.0
# Longest wait for the old broker to take our goodbye when another is to be spoken with.
_LEAVING_S: Final = 5.0


class MqttSink:
    """Speaks with the broker on a thread of its own, whether or not the broker is there.

    What is retained (availabilities, states, health) is kept as its latest value, published when
    it changes and again on every connect. Events come from the outbox, one at a time: the next
    follows when the broker has acknowledged the one before, so that their order survives every
    loss of connection, and one that was not acknowledged is sent again.

    With ``home_assistant`` each machine is introduced before anything else is said of it, and again
    when Home Assistant says that it has started; that is all we ever listen to.

    The last will, the birth and `close` keep ``<base>/availability`` true.

    Args:
        settings: where and how.
        outbox: the messages to deliver.
        events_only: publish events and nothing retained, under a client id of its own: for a
            replay beside a running monitor of the same node.
        now: the clock.
    """

    kind: ClassVar[str] = "mqtt"

    def __init__(
        self,
        settings: MqttSettings,
        outbox: Outbox,
        *,
        events_only: bool = False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._events_only = events_only
        self._now = now
        self._topics = Topics(settings.node)
        self._client_id = _client_id(settings, events_only=events_only)
        self._retained = LatestMessages()
        self._machines: dict[str, None] = {}
        self._lock = threading.Lock()
        self._waker = Waker()
        self._closing = threading.Event()
        self._has_changed = threading.Event()
        self._wake_up = threading.Event()
        self._flush_until_s = math.inf
        self._give_up_at_s = math.inf
        self._connected = threading.Event()
        self._failures = dict.fromkeys(BrokerCause, 0)
        self._connected_at_s = math.inf
        self._stint = Stint(longest_s=_CONNECTING_S + 2 * settings.keepalive_s)
        self._complaints = LogLimit(every_s=_SAME_COMPLAINT_EVERY_S)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker is connected now."""
        return self._connected.is_set()

    @property
    def failures(self) -> Mapping[BrokerCause, int]:
        """Connections not made or lost, and messages refused, since the start, by their causes."""
        return dict(self._failures)

    @property
    def is_alive(self) -> bool:
        """Whether its thread runs, as it should from `start` to `close`."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to connect, in the background."""
        self._thread.start()

    def change_settings(self, settings: MqttSettings) -> None:
        """Speak with the broker anew, or with another one; every thread may ask for it.

        Everything retained is told again there, and what waits in the outbox is delivered there.

        Raises:
            ValueError: the node is another; its topics cannot change.
        """
        if settings.node != self._settings.node:
            raise ValueError(f"the node is {self._settings.node}, not {settings.node}")
        with self._lock:
            self._settings = settings
            self._client_id = _client_id(settings, events_only=self._events_only)
            machines = list(self._machines)
        self._retained.forget(map(self._topics.discovery, machines))
        for machine in machines:
            self._introduce(machine)
        self._has_changed.set()
        self._wake_up.set()
        self._waker.wake()

    def publish_event(self, event: Event) -> None:  # noqa: ARG002 - the outbox has it already
        """Look into the outbox now; the message itself was written with the event."""
        self._waker.wake()

    def publish_state(self, state: State) -> None:
        """Publish now, or on the next connect unless a later state came before."""
        self._retain(self._topics.state(state.machine), state_payload(state))

    def publish_machine_availability(self, machine: str, *, online: bool) -> None:
        """Publish now and on every connect; `close` says ``offline`` for every machine."""
        with self._lock:
            is_new = machine not in self._machines
            self._machines[machine] = None
        if is_new:
            self._introduce(machine)
        self._retain(self._topics.machine_availability(machine), ONLINE if online else OFFLINE)

    def publish_health(self, health: Health) -> None:
        """Publish now, or on the next connect unless later health came before."""
        self._retain(self._topics.health, health_payload(health))

    def publish_picture(self, machine: str, png: bytes) -> None:
        """Publish the picture of a machine's latest event, where that is wanted."""
        if self._settings.spectrogram:
            self._retain(self._topics.spectrogram(machine), png)

    def hanging_thread(self, *, now_s: float) -> str | None:
        """The one that speaks with the broker, where it has not come round for too long."""
        return self._thread.name if self._stint.is_overdue(now_s=now_s) else None

    def close(self, timeout_s: float) -> None:
        """Deliver what half of the time allows, say ``offline`` and disconnect.

        What is left in the outbox stays there. Without a connection nothing is waited for: the
        broker has published the last will.
        """
        if not self._closing.is_set():
            self._flush_until_s = time.monotonic() + timeout_s / 2
            self._give_up_at_s = time.monotonic() + timeout_s
            self._closing.set()
            self._wake_up.set()
        self._waker.wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        elif self._thread.ident is None:
            self._waker.close()

    def _introduce(self, machine: str) -> None:
        if self._settings.home_assistant:
            introduction = discovery_payload(
                self._topics,
                machine,
                version=versions.own(),
                with_picture=self._settings.spectrogram,
            )
            self._retain(self._topics.discovery(machine), introduction)

    def _retain(self, topic: str, payload: bytes) -> None:
        if self._events_only:
            return
        self._retained.put(topic, payload)
        self._waker.wake()

    def _run(self) -> None:
        try:
            self._stay_connected()
        finally:
            self._waker.close()

    def _stay_connected(self) -> None:
        waits_s = _reconnect_waits_s(self._settings)
        while not self._closing.is_set():
            if self._has_changed.is_set():
                self._has_changed.clear()
                waits_s = _reconnect_waits_s(self._settings)
            self._stint.begin(now_s=time.monotonic())
            try:
                self._connect_and_serve()
            except (AsdMonitorError, sqlite3.Error) as error:
                cause = error.cause if isinstance(error, BrokerError) else BrokerCause.OTHER
                self._failures[cause] += 1
                self._complain(error)
            self._connected.clear()
            self._stint.end()
            if time.monotonic() - self._connected_at_s >= _LASTING_S:
                waits_s = _reconnect_waits_s(self._settings)
            self._wake_up.wait(next(waits_s))
            if not self._closing.is_set():
                self._wake_up.clear()

    def _connect_and_serve(self) -> None:
        self._connected_at_s = math.inf
        will = None if self._events_only else Will(self._topics.availability, OFFLINE)
        with MqttConnection(
            self._settings, client_id=self._client_id, will=will, waker=self._waker
        ) as connection:
            if self._closing.is_set():
                return
            _log.info("Connected to the MQTT broker at %s.", self._settings.address)
            self._connected_at_s = time.monotonic()
            self._connected.set()
            self._serve(connection)

    def _serve(self, connection: MqttConnection) -> None:
        self._give_birth(connection)
        births, delivery = BirthWatch(), EventDelivery(connection, self._outbox, self._now)
        while True:
            self._stint.begin(now_s=time.monotonic())
            # Asked first: what was said before `close` must be published before the goodbye.
            is_closing, is_leaving = self._closing.is_set(), self._has_changed.is_set()
            self._answer(births, connection.take_heard())
            for topic, payload in self._retained.take_due():
                connection.publish(topic, payload, retain=True)
            delivery.go_on()
            for refusal in connection.take_refusals():
                self._failures[BrokerCause.FORBIDDEN] += 1
                self._complain(refusal)
            if is_leaving or (is_closing and self._is_flushed(delivery)):
                break
            connection.step(math.inf)
        self._say_goodbye(connection)

    def _give_birth(self, connection: MqttConnection) -> None:
        if self._events_only:
            return
        connection.publish(self._topics.availability, ONLINE, retain=True)
        if self._settings.home_assistant:
            connection.subscribe(STATUS_TOPIC)
        self._retained.repeat_all()

    def _answer(self, births: BirthWatch, heard: list[bytes]) -> None:
        now_s = time.monotonic()
        births.hear(heard, now_s=now_s)
        if births.is_due(now_s=now_s):
            with self._lock:
                machines = list(self._machines)
            self._retained.repeat(map(self._topics.discovery, machines))

    def _is_flushed(self, delivery: EventDelivery) -> bool:
        return delivery.is_flushed or time.monotonic() >= self._flush_until_s

    def _say_goodbye(self, connection: MqttConnection) -> None:
        if self._events_only:
            return
        with self._lock:
            topics = [self._topics.machine_availability(machine) for machine in self._machines]
        receipts = [
            connection.publish(topic, OFFLINE, retain=True)
            for topic in [*topics, self._topics.availability]
        ]
        give_up_at_s = min(self._give_up_at_s, time.monotonic() + _LEAVING_S)
        while not all(receipt.is_published() for receipt in receipts):
            remaining_s = give_up_at_s - time.monotonic()
            if remaining_s <= 0:
                raise BrokerError(
                    f"The broker at {self._settings.address} did not acknowledge our goodbye; "
                    "it will publish the last will instead."
                )
            connection.step(remaining_s)

    def _complain(self, complaint: object) -> None:
        if self._complaints.is_due(str(complaint)):
            _log.warning("MQTT: %s", complaint)


def _client_id(settings: MqttSettings, *, events_only: bool) -> str:
    name = settings.client_id or f"asd-monitor-{settings.node}"
    return f"{name}-{ULID()}" if events_only else name


def _reconnect_waits_s(settings: MqttSettings) -> Iterator[float]:
    """Doubling waits, each shortened by chance, so that many clients do not return at once."""
    back_off = BackOff(first_s=settings.reconnect_min_s, longest_s=settings.reconnect_max_s)
    for failures in itertools.count(1):
        yield back_off.pause_s(failures) * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret
