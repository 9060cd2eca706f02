"""Which files of a watched folder are complete: those that have stopped changing. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a file looked like: another size or time means that it was written to."""

    n_bytes: int
    modified_ns: int


@dataclass(slots=True)
class _Known:
    sighting: Sighting
    since_s: float
    is_done: bool


def still_worth_knowing(known: Mapping[Path, T], seen: Mapping[Path, Sighting]) -> dict[Path, T]:
    """What is known of the files that are still there.

    Where nothing is there at all, that is most often a share that is not mounted; its files are no
    new ones when it is back.
    """
    return {path: each for path, each in known.items() if path in seen or not seen}


class Arrivals:
    """Remembers what was seen, and says what has settled.

    Args:
        present: what lies there already and is of no interest until it changes.
        settle_s: a file that looked the same for this long is complete.
        now_s: monotonic time.
    """

    def __init__(
        self, present: Mapping[Path, Sighting], *, settle_s: float, now_s: float = 0.0
    ) -> None:
        self._settle_s = settle_s
        self._known = {path: _Known(seen, now_s, True) for path, seen in present.items()}

    def look(self, seen: Mapping[Path, Sighting], *, now_s: float) -> list[Path]:
        """Take what lies there now; the files that have settled and were not done, unordered."""
        self._known = still_worth_knowing(self._known, seen)
        for path, sighting in seen.items():
            known = self._known.get(path)
            if known is None or known.sighting != sighting:
                self._known[path] = _Known(sighting, now_s, False)
        return [
            path
            for path, known in self._known.items()
            if path in seen and not known.is_done and now_s - known.since_s >= self._settle_s
        ]

    def done(self, paths: Iterable[Path]) -> None:
        """These are dealt with, as long as they do not change."""
        for path in paths:
            self._known[path].is_done = True

    @property
    def all_done(self) -> dict[Path, Sighting]:
        """What is dealt with, of what was there at the last look."""
        return {path: known.sighting for path, known in self._known.items() if known.is_done}

    def unchanged_for_s(self, path: Path, *, now_s: float) -> float:
        """How long a file that was seen has looked the same."""
        return now_s - self._known[path].since_s
