"""Event messages that wait for who is to get them, in the store, across restarts."""

import logging
import sqlite3
from dataclasses import dataclass
from typing import Final

from asd_monitor.monitor.messages import OutboxHealth
from asd_monitor.monitor.store.database import Database

_log = logging.getLogger(__name__)

BROKER: Final = "mqtt"
_LIMIT: Final = 10_000


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What is to be published.

    Attributes:
        topic: MQTT topic.
        payload: JSON, not yet stamped with the time of publishing.
    """

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """A message that waits under an id, which rises in the order of writing."""

    outbox_id: int
    message: OutgoingMessage


class Outbox:
    """Delivered at least once and in order: a message leaves only when it was acknowledged.

    At most ``limit`` messages wait, so that a broker that never comes cannot fill the disk. Beyond
    that the oldest are dropped and counted, those about the capture before those about an anomaly.
    Every thread may use it.

    Args:
        database: of the store.
        recipient: who is to get the messages; each has its own, and none holds another up.
        limit: how many may wait.
    """

    def __init__(self, database: Database, *, recipient: str = BROKER, limit: int = _LIMIT) -> None:
        self._database = database
        self._recipient = recipient
        self._limit = limit

    def add(self, transaction: sqlite3.Connection, event_id: str, message: OutgoingMessage) -> None:
        """Append a message within the transaction that writes its event."""
        transaction.execute(
            "INSERT INTO outbox (event_id, topic, payload, recipient) VALUES (?, ?, ?, ?)",
            (event_id, message.topic, message.payload, self._recipient),
        )
        (depth,) = transaction.execute(
            "SELECT count(*) FROM outbox WHERE recipient = ?", (self._recipient,)
        ).fetchone()
        if depth > self._limit:
            self._drop(transaction, count=depth - self._limit)

    def pending(self, *, limit: int = 100) -> tuple[PendingMessage, ...]:
        """The messages that wait, oldest first."""
        rows = self._database.query(
            "SELECT outbox_id, topic, payload FROM outbox WHERE recipient = ?"
            " ORDER BY outbox_id LIMIT ?",
            self._recipient,
            limit,
        )
        return tuple(
            PendingMessage(outbox_id, OutgoingMessage(topic, payload))
            for outbox_id, topic, payload in rows
        )

    def delivered(self, outbox_id: int) -> None:
        """Remove a message that was acknowledged; one that is gone is no error."""
        self._database.essentially(lambda: self._remove(outbox_id))

    def _remove(self, outbox_id: int) -> None:
        with self._database.transaction() as transaction:
            removed = transaction.execute("DELETE FROM outbox WHERE outbox_id = ?", (outbox_id,))
            _count(transaction, self._counter("sent"), removed.rowcount)

    def health(self) -> OutboxHealth:
        """How many wait, and how many were ever dropped and delivered."""
        ((depth, dropped, sent),) = self._database.query(
            """SELECT (SELECT count(*) FROM outbox WHERE recipient = ?),
                coalesce((SELECT value FROM meta WHERE key = ?), 0),
                coalesce((SELECT value FROM meta WHERE key = ?), 0)""",
            self._recipient,
            self._counter("dropped"),
            self._counter("sent"),
        )
        return OutboxHealth(depth=depth, dropped=dropped, sent=sent)

    def _drop(self, transaction: sqlite3.Connection, *, count: int) -> None:
        transaction.execute(
            """DELETE FROM outbox WHERE outbox_id IN (
                SELECT outbox_id FROM outbox WHERE recipient = ? ORDER BY
                    json_extract(CAST(payload AS TEXT), '$.event_type') NOT LIKE 'capture%',
                    outbox_id
                LIMIT ?)""",
            (self._recipient, count),
        )
        _log.warning(
            "%d messages wait for %s and no more are kept: the oldest are dropped, those about the "
            "capture first.",
            self._limit,
            self._recipient,
        )
        _count(transaction, self._counter("dropped"), count)

    def _counter(self, what: str) -> str:
        return f"outbox_{what}" if self._recipient == BROKER else f"outbox_{what}/{self._recipient}"


def _count(transaction: sqlite3.Connection, key: str, more: int) -> None:
    transaction.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = value + ?",
        (key, more, more),
    )
