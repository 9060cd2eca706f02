"""The database of the store: one connection for all threads, and short transactions."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from asd_monitor.models.errors import BusyError
from asd_monitor.monitor.store.database_file import (
    begin_anew,
    copy_deleted,
    damaged_beside_daemon,
    is_damage,
    is_want_of_room,
    open_existing,
    open_or_begin,
    set_aside,
)
from asd_monitor.monitor.store.reserve import Reserve

_log = logging.getLogger(__name__)

T = TypeVar("T")


class ReplacedError(sqlite3.OperationalError):
    """The file was damaged and a new one has been begun: nothing was written, but can be now."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class Database:
    """One connection, guarded by a lock, so that every thread may use it.

    Transactions are short, and other processes (short commands) may write between them. A damaged
    file is set aside under a dated name and a new one begun, whenever that shows: an alarm must not
    be lost because an old one cannot be read. That is for the daemon to do: a command beside it
    opens only what exists, and leaves a damaged file where it is. A file that is deleted while it
    is open is written again, whole, at the next transaction.

    Args:
        path: the file.
        must_exist: begin no new file and set none aside.
        reserve: room for what must be written when the disk is full; given away, it is kept for
            that alone until `keep_reserve` has it back.

    Attributes:
        trouble: why the last write failed; None where it did not.

    Raises:
        ConfigurationError: the file cannot be opened or written, or was written by a newer
            version of the program; with ``must_exist`` also if it is missing or damaged.
        BusyError: the disk is full.
    """

    def __init__(
        self, path: Path, *, must_exist: bool = False, reserve: Reserve | None = None
    ) -> None:
        self.path = path
        self.trouble: str | None = None
        self._reserve = reserve
        self._is_short = False
        self._must_exist = must_exist
        self._lock = threading.RLock()
        self._connection = open_existing(path) if must_exist else self._with_room(open_or_begin)
        self.keep_reserve()

    @property
    def is_short_of_room(self) -> bool:
        """Whether the disk is so full that only what must not be lost is written."""
        return self._is_short

    def keep_reserve(self) -> None:
        """Have the reserve back, where there is one and the disk has room again."""
        if self._reserve is not None:
            self._is_short = not self._reserve.keep()

    def essentially(self, write: Callable[[], T]) -> T:
        """Do a write that must not fail: on a full disk it gets the reserve.

        Where the file turns out to be damaged, it is done in the new one.

        Raises:
            sqlite3.OperationalError: it failed all the same, and nothing was written.
        """
        try:
            return write()
        except ReplacedError:
            return write()
        except sqlite3.OperationalError as error:
            if self._reserve is None or not is_want_of_room(error):
                raise
        self._make_room()
        return write()

    def _make_room(self) -> None:
        self._is_short = True
        if self._reserve is not None and self._reserve.give():
            message = "The disk of %s is full; from now on only events are written there."
            _log.error(message, self.path)
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _with_room(self, open_it: Callable[[Path], sqlite3.Connection]) -> sqlite3.Connection:
        """Open it; on a full disk it gets the reserve."""
        try:
            return open_it(self.path)
        except BusyError:
            if self._reserve is None or not self._reserve.give():
                raise
        return open_it(self.path)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Write: all of it or nothing.

        Args:
            durable: wait until it is on the disk. Without that, a power cut (not a crash of the
                program) may lose it, and the disk is spared.

        Raises:
            sqlite3.OperationalError: the disk is full, or another process holds the file for
                longer than 5 s, or it was damaged (`ReplacedError`); nothing was written.
        """
        with self._lock, self._noting_trouble(), self._replacing_what_is_damaged():
            self._write_again_what_was_deleted()
            if self._is_short and not durable:
                raise _no_room()
            with self._connection:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection

    @contextmanager
    def _noting_trouble(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            self.trouble = str(error)
            raise
        self.trouble = None

    @contextmanager
    def _replacing_what_is_damaged(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            if self._must_exist:
                raise damaged_beside_daemon(self.path, error) from error
            self._connection.close()
            set_aside(self.path, error)
            self._connection = self._with_room(begin_anew)
            raise ReplacedError(f"the store was damaged ({error})") from error

    def _write_again_what_was_deleted(self) -> None:
        """As long as it is open, a deleted file can still be read; nobody else would find it."""
        if self._must_exist or self.path.exists():
            return
        copy_deleted(self._connection, self.path)
        self._connection.close()
        self._connection = open_or_begin(self.path)

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
        """Read all rows of one statement."""
        with self._lock:
            try:
                with self._replacing_what_is_damaged():
                    return self._connection.execute(sql, parameters).fetchall()
            except ReplacedError:
                return self._connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Close the file; may be called again."""
        with self._lock:
            self._connection.close()


def _no_room() -> sqlite3.OperationalError:
    """What SQLite says of a full disk, before it is asked."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error
