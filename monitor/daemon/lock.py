"""Whether a daemon runs on a data folder: it holds a lock there, and the kernel lets go of it.

The lock is an open-file-description lock (fcntl(2), Linux): it goes with the process however that
ends, ``kill -9`` included, so that it cannot lie; and unlike with flock(2) one can ask whether it
is held without taking it, so that a look never keeps a daemon from starting.
"""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from asd_monitor.models.errors import BusyError, ConfigurationError

FILE_NAME: Final = "asd-monitor.lock"
# struct flock: l_type, l_whence, l_start, l_len (0 is to the end), l_pid (0 for these locks).
_FLOCK: Final = "hhqqi"


@contextmanager
def sole_daemon(data: Path) -> Iterator[None]:
    """Be the only daemon of a data folder while the context lasts.

    Raises:
        BusyError: another one is.
        ConfigurationError: the folder cannot be written to.
    """
    descriptor = _open(data, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _request(fcntl.F_WRLCK))
    except BlockingIOError as error:
        os.close(descriptor)
        raise BusyError(
            f"Another asd-monitor listens with the data folder {data} already; stop it, or give "
            "this one another --data-dir."
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)


def daemon_runs(data: Path) -> bool:
    """Whether a daemon holds the data folder now.

    Raises:
        ConfigurationError: the folder may not be read.
    """
    if not _exists(data):
        return False
    descriptor = _open(data, os.O_RDONLY)
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _request(fcntl.F_WRLCK))
    finally:
        os.close(descriptor)
    return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)


def _exists(data: Path) -> bool:
    try:
        return (data / FILE_NAME).exists()
    except OSError as error:
        raise _refused(data, error) from error


def _open(data: Path, flags: int) -> int:
    try:
        return os.open(data / FILE_NAME, flags, 0o644)
    except OSError as error:
        raise _refused(data, error) from error


def _request(kind: int) -> bytes:
    return struct.pack(_FLOCK, kind, os.SEEK_SET, 0, 0, 0)


def _refused(data: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The data folder {data} cannot be used ({error.strerror}); use it as the user of the "
        "daemon or with sudo, or give another --data-dir."
    )
