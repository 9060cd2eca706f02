"""Room on the disk that is kept for what must be written when the disk is full."""

import os
from pathlib import Path
from typing import Final

RESERVE_BYTES: Final = 4 * 1024 * 1024
# Room that must be left beside the reserve before it is taken again.
_SPARE_BYTES: Final = RESERVE_BYTES


class Reserve:
    """A file that holds nothing but room. It survives the process that took it.

    Args:
        path: the file.
        size_bytes: how much.
    """

    def __init__(self, path: Path, *, size_bytes: int = RESERVE_BYTES) -> None:
        self._path = path
        self._size_bytes = size_bytes

    @property
    def is_kept(self) -> bool:
        """Whether the room is there to be given."""
        return self._path.exists()

    def keep(self) -> bool:
        """Take the room where the disk has enough of it.

        Returns:
            Whether it is kept now.
        """
        if self.is_kept:
            return True
        disk = os.statvfs(self._path.parent)
        if disk.f_bavail * disk.f_frsize < self._size_bytes + _SPARE_BYTES:
            return False
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size_bytes)
        except OSError:  # somebody else was quicker, or a quota stands in the way
            self.give()
        return self.is_kept

    def give(self) -> bool:
        """Give the room to who needs it.

        Returns:
            Whether there was any.
        """
        was_kept = self.is_kept
        self._path.unlink(missing_ok=True)
        return was_kept
