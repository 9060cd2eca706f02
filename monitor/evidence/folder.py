"""The folder of evidence: ``<data>/evidence/YYYY/MM/DD/<machine>-<event id>.flac`` and ``.png``.

What is in it is known by its names alone: an event's id tells when the event was detected, whatever
copying has done to the dates of the files. Files of other names are left alone and do not count.
"""

import re
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from ulid import ULID

from asd_monitor.models.files import write_atomically
from asd_monitor.monitor.config import EvidenceConfig
from asd_monitor.monitor.events import Event

SOUND: Final = ".flac"
PICTURE: Final = ".png"
_NAME = re.compile(r"[a-z0-9_-]+-([0-9A-HJKMNP-TV-Z]{26})\.(?:flac|png)")
_UNFINISHED = re.compile(r"\.[a-z0-9_-]+-[0-9A-HJKMNP-TV-Z]{26}\.(?:flac|png)\..*\.tmp")


@dataclass(frozen=True, slots=True)
class _Exhibit:
    """All that is kept of one event, and its size."""

    event_id: str
    paths: tuple[Path, ...]
    n_bytes: int

    @property
    def detected_at(self) -> datetime:
        return ULID.from_str(self.event_id).datetime.astimezone(UTC)


def name_of(event: Event, suffix: str) -> PurePosixPath:
    """Where a file of an event lies under the folder."""
    day = event.started_at.astimezone(UTC)
    return PurePosixPath(f"{day:%Y/%m/%d}/{event.machine}-{event.event_id}{suffix}")


class EvidenceFolder:
    """Writes into the folder and keeps it within its limits.

    Args:
        path: the folder; made when something is written.
        settings: the limits.
        free_bytes: tells how much of the disk is free at a path that exists.
    """

    def __init__(
        self, path: Path, settings: EvidenceConfig, *, free_bytes: Callable[[Path], int]
    ) -> None:
        self.path = path
        self._settings = settings
        self._free_bytes = free_bytes

    def write(self, name: PurePosixPath, data: bytes) -> bool:
        """Write a file whole, in place of one of its name, after making room for it.

        Returns:
            Whether there was room.

        Raises:
            OSError: the folder is not writable, or the disk filled up meanwhile.
        """
        target = self.path / name
        n_before = target.stat().st_size if target.exists() else 0
        if not self._make_room(len(data) - n_before, spared=_event_id(name.name)):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, data)
        return True

    def has(self, name: PurePosixPath) -> bool:
        """Whether a file is there."""
        return (self.path / name).exists()

    def remove(self, name: PurePosixPath) -> None:
        """Remove a file, where it exists.

        Raises:
            OSError: the folder is not writable.
        """
        (self.path / name).unlink(missing_ok=True)

    def tidy(self, now: datetime) -> None:
        """Remove what is too old or too much, oldest first.

        Raises:
            OSError: the folder is not writable.
        """
        oldest = now - timedelta(days=self._settings.keep_days)
        self._remove(each for each in self._exhibits() if each.detected_at < oldest)
        self._make_room(0)

    def sweep(self) -> None:
        """Remove what a process that was killed in the midst of writing has left.

        Raises:
            OSError: the folder is not writable.
        """
        for path in self.path.glob("*/*/*/.*.tmp"):
            if _UNFINISHED.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def _make_room(self, n_bytes: int, *, spared: str | None = None) -> bool:
        """Remove the oldest until so many bytes more are within the limits; tell whether they are.

        Args:
            n_bytes: to be written; less where they take the place of others.
            spared: event that is not to be removed.
        """
        exhibits = self._exhibits()
        total = n_bytes + sum(each.n_bytes for each in exhibits)
        for oldest in exhibits:
            if self._fits(n_bytes, total):
                return True
            if oldest.event_id != spared:
                self._remove([oldest])
                total -= oldest.n_bytes
        return self._fits(n_bytes, total)

    def _fits(self, n_bytes: int, total: int) -> bool:
        free = self._free_bytes(_existing(self.path)) - n_bytes
        return total <= self._settings.max_bytes and free >= self._settings.min_free_bytes

    def _exhibits(self) -> list[_Exhibit]:
        """What there is, oldest first."""
        found: dict[str, list[Path]] = {}
        for path in self.path.glob("*/*/*/*"):
            event_id = _event_id(path.name)
            if event_id is not None:
                found.setdefault(event_id, []).append(path)
        return [
            _Exhibit(event_id, tuple(paths), sum(path.stat().st_size for path in paths))
            for event_id, paths in sorted(found.items())
        ]

    def _remove(self, exhibits: Iterable[_Exhibit]) -> None:
        for exhibit in exhibits:
            for path in exhibit.paths:
                path.unlink(missing_ok=True)
                _remove_empty_folders(path.parent, self.path)


def free_bytes(path: Path) -> int:
    """Room left on the disk for who is not root."""
    return shutil.disk_usage(path).free


def _event_id(name: str) -> str | None:
    match = _NAME.fullmatch(name)
    return match[1] if match else None


def _remove_empty_folders(folder: Path, top: Path) -> None:
    """Remove the folders of day, month and year that nothing is in any more."""
    with suppress(OSError):  # not empty
        while folder != top:
            folder.rmdir()
            folder = folder.parent


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())
