"""Events on their way from the outbox to the broker: in order, one at a time, none forgotten."""

import logging
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asd_monitor.monitor.log_limit import LogLimit
from asd_monitor.monitor.messages import stamp_published
from asd_monitor.monitor.mqtt.connection import MqttConnection
from asd_monitor.monitor.mqtt.receipt import Receipt
from asd_monitor.monitor.store.outbox import Outbox

_log = logging.getLogger(__name__)

_REFUSED_PAUSE_S: Final = 30.0
_SAME_COMPLAINT_EVERY_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class _InFlight:
    """A message of the outbox that is at the broker or on its way there."""

    outbox_id: int
    receipt: Receipt


class EventDelivery:
    """Delivers an outbox over one connection.

    The next event follows when the broker has acknowledged the one before, so that their order
    survives every loss of connection. One that the broker's rules refuse stays in the outbox and
    is offered again by and by. A store that cannot be written (a full disk) delays the next event,
    and nothing else: the one that was acknowledged is not sent twice.

    Args:
        connection: to the broker.
        outbox: the messages to deliver.
        now: the clock.
    """

    def __init__(
        self, connection: MqttConnection, outbox: Outbox, now: Callable[[], datetime]
    ) -> None:
        self._connection = connection
        self._outbox = outbox
        self._now = now
        self._in_flight: _InFlight | None = None
        self._pause_until_s = float("-inf")
        self._complaints = LogLimit(every_s=_SAME_COMPLAINT_EVERY_S)

    @property
    def is_flushed(self) -> bool:
        """Whether nothing is on its way."""
        return self._in_flight is None

    def go_on(self) -> None:
        """Take note of what was acknowledged, and send the next event.

        Raises:
            BrokerError: the connection is lost.
        """
        try:
            self._go_on()
        except sqlite3.Error as error:
            if self._complaints.is_due(str(error)):
                _log.warning("The outbox cannot be used now (%s); events wait.", error)

    def _go_on(self) -> None:
        if self._in_flight is not None:
            if not self._in_flight.receipt.is_published():
                return
            if self._in_flight.receipt.refusal is None:
                self._outbox.delivered(self._in_flight.outbox_id)
            else:
                self._pause_until_s = time.monotonic() + _REFUSED_PAUSE_S
            self._in_flight = None
        if time.monotonic() >= self._pause_until_s:
            self._send_next()

    def _send_next(self) -> None:
        for pending in self._outbox.pending(limit=1):
            payload = stamp_published(pending.message.payload, self._now())
            receipt = self._connection.publish(pending.message.topic, payload, retain=False)
            self._in_flight = _InFlight(pending.outbox_id, receipt)
