"""The wall clock of a program, to be set while it runs; its monotonic clock is left alone."""

import shutil
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".c")


def what_is_missing() -> str | None:
    """Why no clock can be set here; None where it can."""
    return None if shutil.which("cc") else "no C compiler is installed (packages gcc, libc6-dev)"


class FakeClock:
    """A clock that is right until it is set.

    Args:
        folder: for the library that does it, and its file.

    Attributes:
        environment: for the program, on top of the test's own.
    """

    def __init__(self, folder: Path) -> None:
        library = folder / "fake_clock.so"
        command = ["cc", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(library)]
        subprocess.run([*command, str(_SOURCE)], check=True)
        self._file = folder / "clock"
        self._file.write_bytes(bytes(8))
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "FAKE_CLOCK": str(self._file),
        }

    def set(self, offset_s: int) -> None:
        """Set it off by so many seconds, at once."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", offset_s))
