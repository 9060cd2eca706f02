"""The store of a data folder, as a command beside the daemon opens it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asd_monitor.models.errors import BusyError, ConfigurationError
from asd_monitor.monitor.store.store import FILE_NAME, Store


@contextmanager
def open_store(data: Path) -> Iterator[Store]:
    """Open what the daemon has begun; nothing is created, and a damaged file is left alone.

    Raises:
        ConfigurationError: there is none, or it cannot be read.
        BusyError: on reading or writing: the file is held by another program, or the disk is
            full.
    """
    path = data / FILE_NAME
    try:
        with Store(path, must_exist=True) as store:
            yield store
    except PermissionError as error:
        raise ConfigurationError(
            f"The store {path} may not be read by this user; use it as the user of the daemon or "
            "with sudo."
        ) from error
    except sqlite3.OperationalError as error:
        raise BusyError(
            f"The store {path} cannot be used now ({error}); try again, as the user of the daemon."
        ) from error
