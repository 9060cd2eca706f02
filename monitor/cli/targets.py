"""Where a command is going to write, made sure of before the long work and not after it."""

import errno
import tempfile
from pathlib import Path
from typing import Final

from asd_monitor.models.errors import BusyError, ConfigurationError

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def require_writable(target: Path) -> None:
    """See that a file can be written, without leaving a trace.

    Args:
        target: the file to be; its folder need not exist yet.

    Raises:
        ConfigurationError: its folder cannot be written to, or cannot be made.
        BusyError: its disk is full.
    """
    folder = next(parent for parent in target.absolute().parents if parent.exists())
    try:
        # Permissions alone do not tell: file systems are read-only or full, and root may anything.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise cannot_write(target, error) from error


def cannot_write(target: Path, error: OSError) -> BusyError | ConfigurationError:
    """The sentence for a file that cannot be written: for want of room, or ever."""
    if error.errno in _NO_ROOM:
        return BusyError(
            f"cannot write {target}: {error.strerror}; make room, or choose another place"
        )
    return ConfigurationError(f"cannot write {target}: {error.strerror}; choose another place")
