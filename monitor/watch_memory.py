"""Which files of a watched folder have been judged, in a file that outlives the daemon.

One JSON value per line: first the folders, then every file, added as it is done. What a crash
leaves of a last line counts for nothing.
"""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from asd_monitor.models.errors import AudioError
from asd_monitor.models.files import write_atomically
from asd_monitor.monitor.arrivals import Sighting

logger = logging.getLogger(__name__)

_SPARE_LINES: Final = 1000
"""So many lines more than twice those that are needed may stand in the file."""


class WatchMemory:
    """Remembers files by path, size and time of modification.

    A disk that takes no more costs the memory, not the listening: the log says so once.

    Args:
        path: the file; its folder is made where it is missing.
        folders: that are watched; of others nothing is known.
    """

    def __init__(self, path: Path, folders: Sequence[Path]) -> None:
        self._path = path
        self._header = json.dumps(sorted(str(folder.absolute()) for folder in folders))
        self._n_lines = 0
        self._has_failed = False

    def recall(self) -> dict[Path, Sighting] | None:
        """The files that were done; None where these folders were not watched before.

        Raises:
            AudioError: the file is there, and cannot be read.
        """
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise AudioError(
                f"{self._path}, which says what was judged, cannot be read: {error.strerror}."
            ) from error
        header, *lines = text.splitlines() or [""]
        if header != self._header:
            return None
        return dict(each for each in map(_read, lines) if each is not None)

    def begin(self, done: Mapping[Path, Sighting]) -> None:
        """Remember these and no others."""
        lines = [self._header, *(_line(path, seen) for path, seen in done.items())]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, "".join(f"{line}\n" for line in lines).encode())
        except OSError as error:
            self._fail(error)
            return
        self._n_lines = len(lines)
        self._has_failed = False

    def add(self, path: Path, *, done: Mapping[Path, Sighting]) -> None:
        """Remember one more, once `begin` was called.

        Args:
            path: of the file.
            done: all that are worth remembering, this one among them; they are written anew where
                the last attempt failed, or far more lines than they are stand in the file.
        """
        if self._has_failed or self._n_lines > 2 * len(done) + _SPARE_LINES:
            self.begin(done)
            return
        try:
            with self._path.open("ab") as file:
                file.write(f"{_line(path, done[path])}\n".encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._fail(error)
            return
        self._n_lines += 1

    def _fail(self, error: OSError) -> None:
        if not self._has_failed:
            message = (
                "%s cannot be written (%s); what is judged meanwhile may be judged again later."
            )
            logger.warning(message, self._path, error.strerror)
        self._has_failed = True


def _line(path: Path, seen: Sighting) -> str:
    return json.dumps([str(path), seen.n_bytes, seen.modified_ns])


def _read(line: str) -> tuple[Path, Sighting] | None:
    try:
        path, n_bytes, modified_ns = json.loads(line)
        return Path(path), Sighting(int(n_bytes), int(modified_ns))
    except (TypeError, ValueError):
        return None
