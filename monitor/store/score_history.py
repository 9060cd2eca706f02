"""Clip scores as they are remembered: whole for a week, one a minute after."""

import math
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.models.scores import ClipScore
from asd_monitor.models.timestamps import from_ms, to_ms
from asd_monitor.monitor.store.database import Database

SCORES_KEPT_WHOLE: Final = timedelta(days=7)
"""Of older ones, one a minute is left."""

_SCORE_COLUMNS: Final = (
    "machine, at_ms, duration_s, score, p_value, level_dbfs, severity, reason, calibration"
)
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class ScoredClip:
    """A clip score as it is remembered.

    Attributes:
        machine: the machine's id.
        at: end of the clip, UTC, to the millisecond.
        duration_s: length of the clip.
        score: None where there was nothing to score.
        p_value: None where there is no score.
        level_dbfs: None for digital silence, whose level is no number.
        severity: of the clip by itself.
        reason: why it is unknown, where it is.
        calibration: name of the calibration that judged it; None for scores of older versions.
    """

    machine: str
    at: datetime
    duration_s: float
    score: float | None
    p_value: float | None
    level_dbfs: float | None
    severity: Severity
    reason: str | None
    calibration: str | None = None


class ScoreHistory:
    """The scores of one store.

    Args:
        database: of the store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        machine: str,
        *,
        at: datetime,
        clip: ClipScore,
        verdict: Verdict,
        calibration: str | None = None,
    ) -> None:
        """Remember a clip score.

        A power cut may lose the newest of them: waiting for the disk every second would wear it.

        Args:
            machine: the machine's id.
            at: end of the clip, UTC; a second score for the same millisecond replaces the first.
            clip: the score; NaN is remembered as none.
            verdict: of this clip by itself.
            calibration: name of the one that judged it.
        """
        row = (
            machine,
            to_ms(at),
            clip.duration_s,
            verdict.score,
            verdict.p_value,
            clip.level_dbfs if math.isfinite(clip.level_dbfs) else None,
            verdict.severity,
            verdict.reason,
            calibration,
        )
        with self._database.transaction(durable=False) as transaction:
            transaction.execute(
                f"INSERT OR REPLACE INTO scores ({_SCORE_COLUMNS})"  # noqa: S608 - our own names
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def clips(self, machine: str, *, since: datetime) -> tuple[ScoredClip, ...]:
        """Remembered scores of a machine in order of time, at or after ``since``."""
        rows = self._database.query(
            f"SELECT {_SCORE_COLUMNS} FROM scores WHERE machine = ? AND at_ms >= ? ORDER BY at_ms",  # noqa: S608
            machine,
            to_ms(since),
        )
        return tuple(_scored_clip(row) for row in rows)

    def means(
        self, machine: str, *, since: datetime, until: datetime, step: timedelta
    ) -> tuple[float, ...]:
        """Mean scores of a machine over consecutive stretches, those without a clip left out.

        Args:
            machine: the machine's id.
            since: not before.
            until: not after.
            step: length of a stretch. Clips that are unknown do not count.
        """
        rows = self._database.query(
            "SELECT avg(score) FROM scores WHERE machine = ? AND at_ms BETWEEN ? AND ?"
            " AND score IS NOT NULL AND severity != ? GROUP BY at_ms / ? ORDER BY at_ms / ?",
            machine,
            to_ms(since),
            to_ms(until),
            Severity.UNKNOWN,
            *[step // timedelta(milliseconds=1)] * 2,
        )
        return tuple(row[0] for row in rows)

    def newest(self, machine: str) -> ScoredClip | None:
        """The latest remembered score of a machine."""
        rows = self._database.query(
            f"SELECT {_SCORE_COLUMNS} FROM scores WHERE machine = ? ORDER BY at_ms DESC LIMIT 1",  # noqa: S608
            machine,
        )
        return _scored_clip(rows[0]) if rows else None

    def thin(self, now: datetime) -> int:
        """Keep of every minute older than seven days only the highest score.

        Cheap when called often: what was thinned once is not looked at again.

        Returns:
            How many scores were removed.
        """
        until_ms = to_ms(now - SCORES_KEPT_WHOLE) // _MINUTE_MS * _MINUTE_MS
        with self._database.transaction(durable=False) as transaction:
            removed = transaction.execute(
                """DELETE FROM scores WHERE (machine, at_ms) IN (
                    SELECT machine, at_ms FROM (
                        SELECT machine, at_ms, row_number() OVER (
                            PARTITION BY machine, at_ms / ?1 ORDER BY score DESC, at_ms
                        ) AS place
                        FROM scores
                        WHERE at_ms < ?2 AND at_ms >= coalesce(
                            (SELECT value FROM meta WHERE key = 'scores_thinned_until_ms'), 0
                        )
                    ) WHERE place > 1
                )""",
                (_MINUTE_MS, until_ms),
            )
            transaction.execute(
                "INSERT INTO meta VALUES ('scores_thinned_until_ms', ?)"
                " ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)",
                (until_ms,),
            )
        return removed.rowcount

    def forget(self, transaction: sqlite3.Connection, machine: str) -> None:
        """Remove all scores of a machine."""
        transaction.execute("DELETE FROM scores WHERE machine = ?", (machine,))


def _scored_clip(row: tuple[Any, ...]) -> ScoredClip:
    """A row of the table ``scores``."""
    machine, at_ms, duration_s, score, p_value, level_dbfs, severity, *rest = row
    at = from_ms(at_ms)
    return ScoredClip(
        machine, at, duration_s, score, p_value, level_dbfs, Severity(severity), *rest
    )
