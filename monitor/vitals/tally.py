"""What a machine's scorer has done so far. Pure."""

from dataclasses import dataclass, replace
from typing import Self

from asd_monitor.monitor.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Tally:
    """What a machine's scorer has done since the daemon started or was reloaded.

    Attributes:
        n_windows: context windows scored.
        scored_s: when the latest of them was, on the monotonic clock; None before the first.
        score: of the newest clip; None before the first, and where it could not be judged.
        threshold: the critical threshold it was held against.
        level_dbfs: of the newest clip.
    """

    n_windows: int = 0
    scored_s: float | None = None
    score: float | None = None
    threshold: float | None = None
    level_dbfs: float | None = None

    def after(self, outcome: Outcome, *, now_s: float) -> Self:
        """What it is when some more sound has been judged.

        Args:
            outcome: what came of that sound.
            now_s: monotonic time.
        """
        more = outcome.n_windows
        new = replace(self, n_windows=self.n_windows + more, scored_s=now_s) if more else self
        if not outcome.clips:
            return new
        clip, verdict = outcome.clips[-1].clip, outcome.clips[-1].verdict
        return replace(
            new, score=verdict.score, threshold=verdict.threshold, level_dbfs=clip.level_dbfs
        )

    def when_deaf(self) -> Self:
        """What it is when nothing is heard: the counts stay, the last clip says nothing now."""
        return replace(self, score=None, threshold=None, level_dbfs=None)
