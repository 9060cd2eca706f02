"""Whether some program still writes a file, as far as the kernel can say."""

import fcntl
import os
import signal
from pathlib import Path


def is_being_written(path: Path) -> bool:
    """Whether a program has the file open for writing.

    A read lease (fcntl(2), Linux) is granted only on a file that nobody has open for writing. It
    needs a local file system and a file of our own, or root: where it cannot be asked for, the
    answer is no, and the size of the file has to tell.

    Raises:
        OSError: the file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # Who opens the file for writing within these microseconds makes the kernel signal us; by
        # default with one that would end the process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
