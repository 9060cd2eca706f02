"""Scores over time, and a level, as block characters. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rich.text import Text

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.store.score_history import ScoredClip

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_PARTS: Final = " ▏▎▍▌▋▊▉█"
_UNKNOWN: Final = "·"
_LIMIT: Final = "┄"
_ROOM_ABOVE: Final = 0.35, 2.0
"""Least and most room above the threshold, as parts of the distance from the lowest score to it."""

_BAR_STYLES: Final = {
    Severity.NORMAL: "green",
    Severity.WARNING: "yellow",
    Severity.CRITICAL: "red",
    Severity.UNKNOWN: "magenta",
}
_QUIETEST_DBFS: Final = -90.0


@dataclass(frozen=True, slots=True)
class Column:
    """A stretch of time in a chart: its worst clip, or nothing heard.

    Attributes:
        score: None where nothing could be judged.
        severity: of that clip; None where no clip ended in that time.
    """

    score: float | None = None
    severity: Severity | None = None


def columns(
    clips: Sequence[ScoredClip], *, now: datetime, over: timedelta, n_columns: int
) -> list[Column]:
    """Sum clips up in columns of equal length, the newest last.

    The edges of the columns stand still in time, so that the past does not flicker as it moves.

    Args:
        clips: in order of time.
        now: falls into the last column.
        over: what all columns cover together.
        n_columns: how many.
    """
    each_s = over.total_seconds() / n_columns
    last = int(now.timestamp() / each_s)
    found = [Column()] * n_columns
    for clip in clips:
        place = n_columns - 1 - (last - int(clip.at.timestamp() / each_s))
        if 0 <= place < n_columns:
            found[place] = _worse(found[place], clip)
    return found


def _worse(column: Column, clip: ScoredClip) -> Column:
    if clip.score is None or clip.severity is Severity.UNKNOWN:
        return column if column.severity else Column(None, Severity.UNKNOWN)
    if column.score is not None and column.score >= clip.score:
        return column
    return Column(clip.score, clip.severity)


def chart(drawn: Sequence[Column], *, threshold: float | None, height: int) -> list[Text]:
    """Bars from the lowest score up, with the threshold as a dotted line behind them.

    Args:
        drawn: from `columns`.
        threshold: None where none is known.
        height: rows of text.

    Returns:
        The rows from the top down, each as wide as there are columns.
    """
    scores = [column.score for column in drawn if column.score is not None]
    low, high = _range(scores, threshold)
    limit = threshold_row(drawn, threshold=threshold, height=height)
    heights = [
        0 if c.score is None else max(1, round((c.score - low) / (high - low) * 8 * height))
        for c in drawn
    ]
    rows = []
    for row in reversed(range(height)):
        text = Text(no_wrap=True)
        for column, eighths in zip(drawn, heights, strict=True):
            text.append(*_cell(column, eighths - 8 * row, row=row, is_limit=row == limit))
        rows.append(text)
    return rows


def threshold_row(drawn: Sequence[Column], *, threshold: float | None, height: int) -> int | None:
    """The row, counted from the bottom, into which the threshold falls."""
    if threshold is None:
        return None
    low, high = _range([c.score for c in drawn if c.score is not None], threshold)
    return min(height - 1, int((threshold - low) / (high - low) * height))


def _range(scores: Sequence[float], threshold: float | None) -> tuple[float, float]:
    """Lowest and highest value of the axis.

    The threshold keeps its place while all is normal; a score far above it is cut off, lest normal
    scores become a line.
    """
    values = [*scores, *([] if threshold is None else [threshold])] or [0.0]
    low, high = min(values), max(values)
    if threshold is not None:
        least, most = (threshold + share * (threshold - low) for share in _ROOM_ABOVE)
        high = min(max(high, least), most)
    return low, high if high > low else low + 1.0


def _cell(column: Column, eighths: int, *, row: int, is_limit: bool) -> tuple[str, str]:
    if eighths > 0:
        return _EIGHTHS[min(8, eighths)], _BAR_STYLES[column.severity or Severity.UNKNOWN]
    if row == 0 and column.severity is Severity.UNKNOWN:
        return _UNKNOWN, _BAR_STYLES[Severity.UNKNOWN]
    return (_LIMIT, "dim") if is_limit else (" ", "")


def meter(level_dbfs: float | None, *, width: int) -> Text:
    """A level between -90 and 0 dBFS as a bar.

    Args:
        level_dbfs: None for digital silence, or where none is known.
        width: of the bar.
    """
    level = _QUIETEST_DBFS if level_dbfs is None else level_dbfs
    share = min(1.0, max(0.0, 1 - level / _QUIETEST_DBFS))
    whole, rest = divmod(round(share * width * 8), 8)
    bar = ("█" * whole + (_PARTS[rest] if rest else "")).ljust(width)
    return Text(bar, style="cyan on grey23", no_wrap=True)
