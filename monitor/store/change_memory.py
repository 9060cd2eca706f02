"""What the change detector has summed up, kept in the store, so that a restart does not forget it.

A shift that is small takes hours to show; a daemon that is restarted every night must not begin to
wait anew each time.
"""

import sqlite3
from contextlib import suppress
from datetime import timedelta

import msgspec

from asd_monitor.monitor.alarms import Identity
from asd_monitor.monitor.dated_change import DatedChange
from asd_monitor.monitor.store.database import Database


class ChangeMemory:
    """The latest sum of every machine, each with the model and the calibration that it is of.

    A power cut may lose the newest: waiting for the disk would wear it.

    Args:
        database: of the store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, identity: Identity, change: DatedChange) -> None:
        """Take the place of the machine's former one.

        Raises:
            sqlite3.OperationalError: the disk is full or the file is held by another process.
        """
        with self._database.transaction(durable=False) as transaction:
            transaction.execute(
                "INSERT OR REPLACE INTO changes VALUES (?, ?, ?, ?)",
                (
                    identity.machine,
                    identity.model,
                    identity.calibration,
                    msgspec.json.encode(change).decode(),
                ),
            )

    def read(self, identity: Identity) -> DatedChange | None:
        """What is remembered of a machine; None where that is of another model or calibration."""
        rows = self._database.query(
            "SELECT change FROM changes WHERE machine = ? AND model = ? AND calibration = ?",
            identity.machine,
            identity.model,
            identity.calibration,
        )
        return msgspec.json.decode(rows[0][0], type=DatedChange) if rows else None

    def forget(self, transaction: sqlite3.Connection, machine: str) -> None:
        """Remove what is remembered of a machine."""
        transaction.execute("DELETE FROM changes WHERE machine = ?", (machine,))


class ChangeKeeper:
    """Writes down what is summed up as it changes, which is once a clip's length.

    Args:
        memory: where to.
    """

    def __init__(self, memory: ChangeMemory) -> None:
        self._memory = memory
        self._kept: DatedChange | None = None

    def keep(self, identity: Identity, change: DatedChange | None) -> None:
        """Write it where it is new.

        Args:
            identity: what it is of.
            change: None where there is nothing to remember.
        """
        if change is None or (self._kept is not None and _is_same(change, self._kept)):
            return
        # The journal names a store that cannot be written.
        with suppress(sqlite3.OperationalError):
            self._memory.write(identity, change)
            self._kept = change


def _is_same(change: DatedChange, kept: DatedChange) -> bool:
    """Whether nothing has been counted since; of one clip, dates differ by milliseconds."""
    is_same_clip = abs(change.counted_at - kept.counted_at) < timedelta(seconds=1)
    return change.total == kept.total and (is_same_clip or not change.total)
