"""The SQLite file of the store: opened whole, brought to the present schema, or set aside."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from asd_monitor.models.errors import BusyError, ConfigurationError
from asd_monitor.monitor.reserve import Reserve
from asd_monitor.monitor.timestamps import utc_now

_log = logging.getLogger(__name__)

_BUSY_TIMEOUT_S: Final = 5.0
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NO_ROOM: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
# The write-ahead log is written into the file from this size on, so that it needs little room.
_LOG_PAGES: Final = 256
T = TypeVar("T")

# Entry n leads from user_version n to n + 1; entries are added, never changed.
_MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE events (
            event_id TEXT PRIMARY KEY,
            machine TEXT NOT NULL,
            seq INTEGER NOT NULL,
            detected_at_ms INTEGER NOT NULL,
            ended_at_ms INTEGER,
            event TEXT NOT NULL,
            UNIQUE (machine, seq)
        ) STRICT""",
        "CREATE INDEX events_by_time ON events (detected_at_ms)",
        "CREATE INDEX events_open ON events (machine) WHERE ended_at_ms IS NULL",
        """CREATE TABLE outbox (
            outbox_id INTEGER PRIMARY KEY AUTOINCREMENT,
            event_id TEXT NOT NULL REFERENCES events (event_id),
            topic TEXT NOT NULL,
            payload BLOB NOT NULL
        ) STRICT""",
        "CREATE INDEX outbox_by_event ON outbox (event_id)",
        """CREATE TABLE scores (
            machine TEXT NOT NULL,
            at_ms INTEGER NOT NULL,
            duration_s REAL NOT NULL,
            score REAL,
            p_value REAL,
            level_dbfs REAL,
            severity TEXT NOT NULL,
            reason TEXT,
            PRIMARY KEY (machine, at_ms)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX scores_by_time ON scores (at_ms)",
    ),
    (
        """CREATE TABLE marks (
            event_id TEXT PRIMARY KEY REFERENCES events (event_id) ON DELETE CASCADE,
            opinion TEXT,
            note TEXT,
            marked_at_ms INTEGER,
            acknowledged_at_ms INTEGER
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE status (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
    ),
    (
        "ALTER TABLE outbox ADD COLUMN recipient TEXT NOT NULL DEFAULT 'mqtt'",
        "CREATE INDEX outbox_by_recipient ON outbox (recipient, outbox_id)",
    ),
    ("ALTER TABLE scores ADD COLUMN calibration TEXT",),
    (
        """CREATE TABLE heard (
            machine TEXT NOT NULL,
            calibration TEXT NOT NULL,
            seconds REAL NOT NULL,
            PRIMARY KEY (machine, calibration)
        ) STRICT, WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE changes (
            machine TEXT PRIMARY KEY,
            model TEXT NOT NULL,
            calibration TEXT NOT NULL,
            change TEXT NOT NULL
        ) STRICT, WITHOUT ROWID""",
    ),
)


class Database:
    """One connection, guarded by a lock, so that every thread may use it.

    Transactions are short, and other processes (short commands) may write between them. A damaged
    file is set aside under a dated name and a new one begun: an alarm must not be lost because
    an old one cannot be read. That is for the daemon to do: a command beside it opens only what
    exists, and leaves a damaged file where it is.

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
        self._lock = threading.RLock()
        self._connection = _open_existing(path) if must_exist else self._open_or_begin()
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
        """Do a write that must not fail for want of room: on a full disk it gets the reserve.

        Raises:
            sqlite3.OperationalError: it failed all the same, and nothing was written.
        """
        try:
            return write()
        except sqlite3.OperationalError as error:
            if self._reserve is None or error.sqlite_errorcode & 0xFF not in _NO_ROOM:
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

    def _open_or_begin(self) -> sqlite3.Connection:
        try:
            return _open(self.path)
        except BusyError:
            if self._reserve is None or not self._reserve.give():
                raise
        return _open(self.path)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Write: all of it or nothing.

        Args:
            durable: wait until it is on the disk. Without that, a power cut (not a crash of the
                program) may lose it, and the disk is spared.

        Raises:
            sqlite3.OperationalError: the disk is full, or another process holds the file for
                longer than 5 s; nothing was written.
        """
        with self._lock, self._noting_trouble():
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

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
        """Read all rows of one statement."""
        with self._lock:
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


class _DamagedError(Exception):
    """The file is no whole database."""


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _open_whole(path)
    except _DamagedError as damage:
        aside = _set_aside(path, utc_now())
        message = "The store %s is damaged (%s); it was set aside as %s and a new one begun."
        _log.error(message, path, damage, aside.name)
    connection = _open_whole(path)
    _begin_seq_above_all_before(connection, utc_now())
    return connection


def _open_existing(path: Path) -> sqlite3.Connection:
    if not path.exists():
        raise ConfigurationError(
            f"There is no store {path}: nothing has listened with this data folder yet; "
            "check --data-dir."
        )
    try:
        return _open_whole(path, must_exist=True)
    except _DamagedError as damage:
        raise ConfigurationError(
            f"The store {path} is damaged ({damage}); the daemon sets it aside and begins a new "
            "one when it starts."
        ) from damage


def _open_whole(path: Path, *, must_exist: bool = False) -> sqlite3.Connection:
    try:
        return _connect(path, must_exist=must_exist)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _NO_ROOM:
            raise BusyError(
                f"The store {path} cannot be opened ({error}); make room on its disk."
            ) from error
        raise ConfigurationError(
            f"The store {path} cannot be used ({error}); check that its folder exists and can be "
            "written, or give another --data-dir."
        ) from error
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in _DAMAGE:
            raise
        raise _DamagedError(error) from error


def _connect(path: Path, *, must_exist: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'rw' if must_exist else 'rwc'}",
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        if not must_exist:  # reads the whole file
            _check(connection)
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise _DamagedError(found)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    # Asked without a transaction first, so that who may only read can.
    if connection.execute("PRAGMA user_version").fetchone() == (len(_MIGRATIONS),):
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(_MIGRATIONS):
            raise ConfigurationError(
                f"The store {path} has schema {version}, and this version of asd-monitor knows "
                f"schemas up to {len(_MIGRATIONS)}; update asd-monitor or give another --data-dir."
            )
        for statements in _MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")


def _set_aside(path: Path, now: datetime) -> Path:
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S.%fZ}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _begin_seq_above_all_before(connection: sqlite3.Connection, now: datetime) -> None:
    # The numbers given out are lost with the damaged file. A machine has far fewer than one
    # transition a second, so that the seconds since 1970 lie above all of them.
    with connection:
        connection.execute("INSERT INTO meta VALUES ('seq_floor', ?)", (int(now.timestamp()),))
