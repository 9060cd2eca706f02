"""The file of the store: opened whole, brought to the present schema, or set aside."""

import logging
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Final

from asd_monitor.models.errors import BusyError, ConfigurationError
from asd_monitor.models.timestamps import utc_now

_log = logging.getLogger(__name__)

_BUSY_TIMEOUT_S: Final = 5.0
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NO_ROOM: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
# The write-ahead log is written into the file from this size on, so that it needs little room.
_LOG_PAGES: Final = 256

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


class _DamagedError(Exception):
    """The file is no whole database."""


def open_or_begin(path: Path) -> sqlite3.Connection:
    """Open it for the daemon: a missing one is begun, and so is one in place of a damaged one.

    Raises:
        ConfigurationError: it cannot be opened or written, or is a newer program's.
        BusyError: the disk is full.
    """
    try:
        return _open_whole(path)
    except _DamagedError as damage:
        set_aside(path, damage)
    return begin_anew(path)


def begin_anew(path: Path) -> sqlite3.Connection:
    """Begin a new one in place of one that was set aside.

    Raises:
        ConfigurationError: it cannot be written.
        BusyError: the disk is full.
    """
    connection = _open_whole(path)
    _begin_seq_above_all_before(connection, utc_now())
    return connection


def open_existing(path: Path) -> sqlite3.Connection:
    """Open it for a command beside the daemon: what is damaged stays where it is.

    Raises:
        ConfigurationError: it is missing or damaged, or as for `open_or_begin`.
        BusyError: the disk is full.
    """
    if not path.exists():
        raise ConfigurationError(
            f"There is no store {path}: nothing has listened with this data folder yet; "
            "check --data-dir."
        )
    try:
        return _open_whole(path, must_exist=True)
    except _DamagedError as damage:
        raise damaged_beside_daemon(path, damage) from damage


def damaged_beside_daemon(path: Path, damage: Exception) -> ConfigurationError:
    """What a command says that is not to set a damaged file aside."""
    return ConfigurationError(
        f"The store {path} is damaged ({damage}); the daemon sets it aside and begins a new one."
    )


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether this says that the file is no whole database."""
    return error.sqlite_errorcode & 0xFF in _DAMAGE


def is_want_of_room(error: sqlite3.OperationalError) -> bool:
    """Whether the disk is full."""
    return error.sqlite_errorcode & 0xFF in _NO_ROOM


def _open_whole(path: Path, *, must_exist: bool = False) -> sqlite3.Connection:
    try:
        return _connect(path, must_exist=must_exist)
    except sqlite3.OperationalError as error:
        if is_want_of_room(error):
            raise BusyError(
                f"The store {path} cannot be opened ({error}); make room on its disk."
            ) from error
        raise ConfigurationError(
            f"The store {path} cannot be used ({error}); check that its folder exists and can be "
            "written, or give another --data-dir."
        ) from error
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
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


def set_aside(path: Path, damage: Exception) -> None:
    """Rename a damaged file, under a date, and say so; nobody may have it open any more."""
    aside = path.with_name(f"{path.name}.damaged-{utc_now():%Y%m%dT%H%M%S.%fZ}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    message = "The store %s is damaged (%s); it was set aside as %s and a new one begun."
    _log.error(message, path, damage, aside.name)


def copy_deleted(connection: sqlite3.Connection, path: Path) -> None:
    """Write a file that was deleted anew, from the connection that has it open.

    Raises:
        sqlite3.OperationalError: it cannot be written; it can be tried again.
    """
    whole = path.with_name(f"{path.name}.rewritten")
    for rest in (whole, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        rest.unlink(missing_ok=True)  # a log left behind would be taken for the new file's
    connection.execute("VACUUM INTO ?", (str(whole),))
    whole.replace(path)
    _log.error("The store %s was deleted; all it held is written there again.", path)


def _begin_seq_above_all_before(connection: sqlite3.Connection, now: datetime) -> None:
    # The numbers given out are lost with the damaged file. A machine has far fewer than one
    # transition a second, so that the seconds since 1970 lie above all of them.
    with connection:
        connection.execute("INSERT INTO meta VALUES ('seq_floor', ?)", (int(now.timestamp()),))
