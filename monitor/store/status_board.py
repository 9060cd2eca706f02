"""What the daemon last said of itself and its machines, in the store, for commands beside it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.messages import Health, State
from asd_monitor.monitor.store.database import Database

_DAEMON: Final = "daemon"
_HEALTH: Final = "health"
_STATE: Final = "state/"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """What a daemon knows of itself when it starts.

    Attributes:
        node: its name in topics and payloads.
        version: of asd-monitor.
        pid: number of its process.
        started_at: UTC.
        machines: ids of the machines it listens to.
        broker: address of the broker, None where it publishes nothing.
    """

    node: str
    version: str
    pid: int
    started_at: datetime
    machines: tuple[str, ...]
    broker: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """The last words of the daemon that runs, or of the last that ran.

    Attributes:
        daemon: None where none has ever started.
        health: None where it has not told any yet.
        states: by machine; those it has told.
    """

    daemon: Daemon | None = None
    health: Health | None = None
    states: Mapping[str, State] = field(default_factory=dict)


class StatusBoard:
    """The latest state of each machine and the latest health, each in place of the one before.

    A power cut may lose the newest words: waiting for the disk would wear it. All writes raise
    `sqlite3.OperationalError` where the disk is full or the file is held by another process.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, daemon: Daemon) -> None:
        """Wipe away what a former daemon said."""
        with self._database.transaction(durable=False) as transaction:
            transaction.execute("DELETE FROM status")
            _write(transaction, _DAEMON, daemon)

    def change(self, daemon: Daemon) -> None:
        """Say that the daemon listens to other machines now; what it said of the others stays."""
        kept = {_STATE + machine for machine in daemon.machines}
        with self._database.transaction(durable=False) as transaction:
            _write(transaction, _DAEMON, daemon)
            keys = [key for (key,) in transaction.execute("SELECT key FROM status")]
            transaction.executemany(
                "DELETE FROM status WHERE key = ?",
                [(key,) for key in keys if key.startswith(_STATE) and key not in kept],
            )

    def write_state(self, state: State) -> None:
        """Write a machine's state."""
        with self._database.transaction(durable=False) as transaction:
            _write(transaction, _STATE + state.machine, state)

    def write_health(self, health: Health) -> None:
        """Write the node's health."""
        with self._database.transaction(durable=False) as transaction:
            _write(transaction, _HEALTH, health)

    def forget(self, transaction: sqlite3.Connection, machine: str) -> None:
        """Remove a machine's state within the transaction that forgets the machine."""
        transaction.execute("DELETE FROM status WHERE key = ?", (_STATE + machine,))

    def read(self) -> Said:
        """Everything that was last said.

        Raises:
            ConfigurationError: another version of the program said it, in other words.
        """
        rows = dict(self._database.query("SELECT key, value FROM status ORDER BY key"))
        try:
            return Said(
                daemon=_read(rows.get(_DAEMON), Daemon),
                health=_read(rows.get(_HEALTH), Health),
                states={
                    key.removeprefix(_STATE): msgspec.json.decode(value, type=State)
                    for key, value in rows.items()
                    if key.startswith(_STATE)
                },
            )
        except msgspec.ValidationError as error:
            raise ConfigurationError(
                f"The daemon's status in {self._database.path} was written by another version "
                f"({error}); restart the daemon."
            ) from error


def _write(transaction: sqlite3.Connection, key: str, value: object) -> None:
    transaction.execute(
        "INSERT OR REPLACE INTO status VALUES (?, ?)", (key, msgspec.json.encode(value).decode())
    )


def _read(text: str | None, kind: type[T]) -> T | None:
    return None if text is None else msgspec.json.decode(text, type=kind)
