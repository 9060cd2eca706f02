"""What people think of events: false alarm or true, and that somebody has seen them."""

import enum
from dataclasses import dataclass
from datetime import datetime

from asd_monitor.models.timestamps import from_ms, to_ms
from asd_monitor.monitor.store.database import Database


class Opinion(enum.StrEnum):
    """Whether there was something wrong with the machine."""

    FALSE_ALARM = "false-alarm"
    TRUE_ALARM = "true-alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is known of one event from people. Times are UTC, to the millisecond.

    Attributes:
        event_id: of the event.
        opinion: None where nobody has said.
        note: what was written with the opinion.
        marked_at: when the opinion was given.
        acknowledged_at: when somebody said to have seen the event.
    """

    event_id: str
    opinion: Opinion | None = None
    note: str | None = None
    marked_at: datetime | None = None
    acknowledged_at: datetime | None = None


class Marks:
    """The marks of a store; an event has at most one opinion, the latest.

    Every write is one short transaction, so that commands may write beside the daemon. All raise
    `sqlite3.OperationalError` where the disk is full or the file is held by another process.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, event_id: str) -> Mark:
        """The mark of an event; one without content where nobody has said anything."""
        rows = self._database.query("SELECT * FROM marks WHERE event_id = ?", event_id)
        return _mark(*rows[0]) if rows else Mark(event_id=event_id)

    def all(self) -> dict[str, Mark]:
        """Every mark there is, by the event's id."""
        return {row[0]: _mark(*row) for row in self._database.query("SELECT * FROM marks")}

    def give_opinion(
        self, event_id: str, opinion: Opinion, *, note: str | None, at: datetime
    ) -> None:
        """Write an opinion in place of an earlier one, its note included.

        Raises:
            sqlite3.IntegrityError: there is no such event.
        """
        self._write(event_id, opinion=opinion, note=note, marked_at_ms=to_ms(at))

    def clear_opinion(self, event_id: str) -> None:
        """Take the opinion back; that the event was seen stays true."""
        self._write(event_id, opinion=None, note=None, marked_at_ms=None)

    def acknowledge(self, event_id: str, *, at: datetime) -> None:
        """Write that somebody has seen the event; the first time counts.

        Raises:
            sqlite3.IntegrityError: there is no such event.
        """
        with self._database.transaction() as transaction:
            transaction.execute(
                "INSERT INTO marks (event_id, acknowledged_at_ms) VALUES (?, ?)"
                " ON CONFLICT (event_id) DO UPDATE SET acknowledged_at_ms ="
                " coalesce(acknowledged_at_ms, excluded.acknowledged_at_ms)",
                (event_id, to_ms(at)),
            )

    def _write(
        self, event_id: str, *, opinion: Opinion | None, note: str | None, marked_at_ms: int | None
    ) -> None:
        with self._database.transaction() as transaction:
            transaction.execute(
                "INSERT INTO marks (event_id, opinion, note, marked_at_ms) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (event_id) DO UPDATE SET opinion = excluded.opinion,"
                " note = excluded.note, marked_at_ms = excluded.marked_at_ms",
                (event_id, opinion, note, marked_at_ms),
            )


def _mark(
    event_id: str,
    opinion: str | None,
    note: str | None,
    marked_at_ms: int | None,
    acknowledged_at_ms: int | None,
) -> Mark:
    """A row of the table ``marks``."""
    return Mark(
        event_id=event_id,
        opinion=Opinion(opinion) if opinion else None,
        note=note,
        marked_at=_moment(marked_at_ms),
        acknowledged_at=_moment(acknowledged_at_ms),
    )


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
