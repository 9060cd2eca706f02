"""What the monitor remembers: events, and what is kept beside them in the same file."""

import sqlite3
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import msgspec

from asd_monitor.models.timestamps import to_ms
from asd_monitor.monitor.events import Event, Kept
from asd_monitor.monitor.heard import HeardSound
from asd_monitor.monitor.messages import StoreHealth, Topics, event_payload
from asd_monitor.monitor.store.change_memory import ChangeMemory
from asd_monitor.monitor.store.database import Database
from asd_monitor.monitor.store.marks import Marks
from asd_monitor.monitor.store.outbox import Outbox, OutgoingMessage
from asd_monitor.monitor.store.reserve import Reserve
from asd_monitor.monitor.store.score_history import ScoreHistory
from asd_monitor.monitor.store.status_board import StatusBoard

FILE_NAME: Final = "asd-monitor.sqlite"
RESERVE_NAME: Final = "asd-monitor.reserve"


class Store:
    """The store of one data folder. Every thread may use it: one connection behind a lock.

    Args:
        path: the file.
        must_exist: for a command beside the daemon: begin no new file and set no damaged one
            aside.
        reserve: for the daemon: room for events when the disk is full.

    Attributes:
        outbox: messages that wait for the broker.
        marks: what people think of events.
        status: what the daemon has last said of itself and its machines.
        heard: how long each calibration has been listened with.
        scores: of the clips, which thin out with age.
        changes: what the change detectors have summed up.

    Raises:
        ConfigurationError: the file cannot be opened or written, or is a newer program's.
        BusyError: the disk is full.
    """

    def __init__(
        self, path: Path, *, must_exist: bool = False, reserve: Reserve | None = None
    ) -> None:
        self._database = Database(path, must_exist=must_exist, reserve=reserve)
        self.outbox = Outbox(self._database)
        self._further_outboxes: list[Outbox] = []
        self.marks = Marks(self._database)
        self.status = StatusBoard(self._database)
        self.heard = HeardSound(self._database)
        self.scores = ScoreHistory(self._database)
        self.changes = ChangeMemory(self._database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; may be called again."""
        self._database.close()

    def outbox_for(self, recipient: str) -> Outbox:
        """An outbox of its own for who is not the broker; every event recorded from now on is in.

        Args:
            recipient: a lasting name: under it, a former process has left what it did not deliver.
        """
        outbox = Outbox(self._database, recipient=recipient)
        self._further_outboxes.append(outbox)
        return outbox

    def record(self, event: Event, *, outgoing: bool) -> Event:
        """Write a transition of an event, and its messages, in one durable transaction.

        Args:
            event: new, or the new form of one already here.
            outgoing: put its message into the broker's outbox too; for that somebody must drain it.

        Returns:
            The event with the ``seq`` it was given: one higher than the machine's last, never
            given twice, not even after events were deleted.

        Raises:
            sqlite3.OperationalError: the disk is full or the file is held by another process;
                nothing was written.
        """
        return self._database.essentially(lambda: self._record(event, outgoing=outgoing))

    def _record(self, event: Event, *, outgoing: bool) -> Event:
        with self._database.transaction() as transaction:
            numbered = replace(event, seq=_next_seq(transaction, event.machine))
            _write_event(transaction, numbered)
            topic = Topics(event.node).event(event.machine)
            message = OutgoingMessage(topic, event_payload(numbered))
            for outbox in [*([self.outbox] if outgoing else []), *self._further_outboxes]:
                outbox.add(transaction, event.event_id, message)
        return numbered

    def events(
        self, *, machine: str | None = None, since: datetime | None = None
    ) -> tuple[Event, ...]:
        """Events in order of detection, of one machine or all, detected at or after ``since``."""
        rows = self._database.query(
            "SELECT event FROM events WHERE (?1 IS NULL OR machine = ?1) AND detected_at_ms >= ?2"
            " ORDER BY detected_at_ms, event_id",
            machine,
            to_ms(since) if since else 0,
        )
        return tuple(_decode(row[0]) for row in rows)

    def find_events(self, beginning: str) -> tuple[Event, ...]:
        """Events whose id begins with ``beginning``, in order of their ids.

        Args:
            beginning: of the id; upper and lower case are the same, as in every ULID.
        """
        rows = self._database.query(
            "SELECT event FROM events WHERE substr(event_id, 1, length(?1)) = ?1 ORDER BY event_id",
            beginning.upper(),
        )
        return tuple(_decode(row[0]) for row in rows)

    def open_events(self) -> tuple[Event, ...]:
        """Events that have not ended, in order of detection."""
        rows = self._database.query(
            "SELECT event FROM events WHERE ended_at_ms IS NULL ORDER BY detected_at_ms, event_id"
        )
        return tuple(_decode(row[0]) for row in rows)

    def attach_evidence(self, event_id: str, kept: Kept) -> None:
        """Remember what is kept of an event; no message is made of it.

        Args:
            event_id: of the event; nothing happens where it is not here.
            kept: takes the place of what was known before.

        Raises:
            sqlite3.OperationalError: the disk is full or the file is held by another process.
        """
        with self._database.transaction() as transaction:
            for (text,) in transaction.execute(
                "SELECT event FROM events WHERE event_id = ?", (event_id,)
            ).fetchall():
                event = replace(
                    _decode(text),
                    clip=kept.clip,
                    spectrogram=kept.spectrogram,
                    pre_roll_s=kept.pre_roll_s,
                )
                transaction.execute(
                    "UPDATE events SET event = ? WHERE event_id = ?",
                    (msgspec.json.encode(event).decode(), event_id),
                )

    def last_seq(self, machine: str) -> int | None:
        """The number of the machine's newest transition, None before its first."""
        rows = self._database.query("SELECT value FROM meta WHERE key = 'seq/' || ?", machine)
        return rows[0][0] if rows else None

    def forget_machine(self, machine: str) -> None:
        """Remove a machine's events, their marks and messages, its scores and its status.

        Its numbers are remembered, so that none is ever given twice.

        Raises:
            sqlite3.OperationalError: the disk is full or the file is held by another process.
        """
        with self._database.transaction() as transaction:
            transaction.execute(
                "DELETE FROM outbox WHERE event_id IN"
                " (SELECT event_id FROM events WHERE machine = ?)",
                (machine,),
            )
            transaction.execute("DELETE FROM events WHERE machine = ?", (machine,))
            transaction.execute("DELETE FROM heard WHERE machine = ?", (machine,))
            self.scores.forget(transaction, machine)
            self.changes.forget(transaction, machine)
            self.status.forget(transaction, machine)

    def health(self) -> StoreHealth:
        """Whether it can be written."""
        return StoreHealth(
            trouble=self._database.trouble, short_of_room=self._database.is_short_of_room
        )

    def look_after(self, now: datetime) -> None:
        """What wants doing every now and then: have the reserve back, thin the scores.

        Raises:
            sqlite3.OperationalError: the disk is full or the file is held by another process.
        """
        self._database.keep_reserve()
        self.scores.thin(now)


def _next_seq(transaction: sqlite3.Connection, machine: str) -> int:
    (seq,) = transaction.execute(
        """INSERT INTO meta VALUES (
            'seq/' || ?,
            1 + coalesce((SELECT value FROM meta WHERE key = 'seq_floor'), 0)
        ) ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value""",
        (machine,),
    ).fetchall()[0]
    return int(seq)


def _write_event(transaction: sqlite3.Connection, event: Event) -> None:
    transaction.execute(
        """INSERT INTO events VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO UPDATE SET
            seq = excluded.seq, ended_at_ms = excluded.ended_at_ms, event = excluded.event""",
        (
            event.event_id,
            event.machine,
            event.seq,
            to_ms(event.detected_at),
            to_ms(event.ended_at) if event.ended_at else None,
            msgspec.json.encode(event).decode(),
        ),
    )


def _decode(text: str) -> Event:
    return msgspec.json.decode(text, type=Event)
