"""Scores over weeks as an SVG picture: numbers in, text out. Pure; colours are the page's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.listening_time import Span
from asd_monitor.monitor.store.score_history import ScoredClip

_TOP, _BOTTOM, _LEFT, _RIGHT = 14.0, 34.0, 46.0, 20.0
_BAR_WIDTH: Final = 2.0
_ROOM_ABOVE: Final = 0.35, 3.0
"""Least and most room above the threshold, as parts of the distance from the lowest score to it."""
_LABEL_APART: Final = 78.0
_STEPS: Final = tuple(
    timedelta(hours=hours) for hours in (0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 720, 2160)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartData:
    """What is drawn. Times are UTC.

    Attributes:
        since: left edge.
        until: right edge.
        clips: in order of time.
        spans: when the machine was listened to; all else is shaded.
        events: anomalies, marked by their beginning.
        threshold: None where none is known.
    """

    since: datetime
    until: datetime
    clips: Sequence[ScoredClip]
    spans: Sequence[Span]
    events: Sequence[Event]
    threshold: float | None


def score_chart(data: ChartData, *, width: float, height: float) -> str:
    """Draw the highest score of every stretch of time as a bar, and the threshold as a line.

    Args:
        data: to draw.
        width: of the picture in its own units, in which letters are 12 high.
        height: likewise.

    Returns:
        An SVG element whose classes the page colours.
    """
    frame = _Frame(data, width=width, height=height)
    parts = [
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="score over time">',
        *_gaps(frame),
        *_time_axis(frame),
        *_bars(frame),
        *_threshold(frame),
        *_events(frame),
        "</svg>",
    ]
    return "\n".join(parts)


class _Frame:
    """Where things lie in the picture."""

    def __init__(self, data: ChartData, *, width: float, height: float) -> None:
        self.data = data
        self.left, self.right = _LEFT, width - _RIGHT
        self.top, self.bottom = _TOP, height - _BOTTOM
        self.low, self.high = _score_range(data)

    def x(self, at: datetime) -> float:
        data = self.data
        share = (at - data.since) / (data.until - data.since)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)

    def y(self, score: float) -> float:
        share = min(1.0, max(0.0, (score - self.low) / (self.high - self.low)))
        return self.bottom - share * (self.bottom - self.top)


def _score_range(data: ChartData) -> tuple[float, float]:
    """Lowest and highest score shown; one far above the threshold is cut off."""
    values = [clip.score for clip in data.clips if clip.score is not None]
    values += [] if data.threshold is None else [data.threshold]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if data.threshold is not None:
        least, most = (data.threshold + part * (data.threshold - low) for part in _ROOM_ABOVE)
        high = min(max(high, least), most)
    return (low, high) if high > low else (low, low + 1.0)


def _gaps(frame: _Frame) -> Iterator[str]:
    """Shade everything, then uncover what was heard."""
    full = f'y="{frame.top:g}" height="{frame.bottom - frame.top:g}"'
    yield f'<rect class="gap" x="{frame.left:g}" width="{frame.right - frame.left:g}" {full}/>'
    for span in frame.data.spans:
        begin, end = frame.x(span.begun_at), frame.x(span.ended_at)
        kind = "heard" if span.is_judged else "unjudged"
        yield f'<rect class="{kind}" x="{begin:.1f}" width="{max(0.5, end - begin):.1f}" {full}/>'


def _bars(frame: _Frame) -> Iterator[str]:
    worst: dict[int, ScoredClip] = {}
    for clip in frame.data.clips:
        place = int((frame.x(clip.at) - frame.left) / _BAR_WIDTH)
        if clip.score is not None and clip.score > _score(worst.get(place)):
            worst[place] = clip
    for severity in (Severity.NORMAL, Severity.WARNING, Severity.CRITICAL):
        drawn = [
            f"M{frame.left + (place + 0.5) * _BAR_WIDTH:g} {frame.bottom:g}V{top:.1f}"
            for place, clip in sorted(worst.items())
            if clip.severity is severity and (top := frame.y(_score(clip)) - 1)
        ]
        if drawn:
            yield f'<path class="bar {severity}" d="{"".join(drawn)}"/>'


def _score(clip: ScoredClip | None) -> float:
    return float("-inf") if clip is None or clip.score is None else clip.score


def _threshold(frame: _Frame) -> Iterator[str]:
    threshold = frame.data.threshold
    if threshold is None:
        return
    y = frame.y(threshold)
    yield f'<path class="threshold" d="M{frame.left:g} {y:.1f}H{frame.right:g}"/>'
    yield f'<text class="end" x="{frame.left - 6:g}" y="{y + 4:.1f}">{threshold:.3g}</text>'


def _events(frame: _Frame) -> Iterator[str]:
    for event in frame.data.events:
        x, y = frame.x(event.started_at), frame.top
        yield f'<path class="event" d="M{x:.1f} {y:g}l-5 -9h10z"/>'


def _time_axis(frame: _Frame) -> Iterator[str]:
    """Days or hours in the host's time zone, as many as there is room for."""
    data = frame.data
    n_labels = max(1, int((frame.right - frame.left) / _LABEL_APART))
    wanted = (data.until - data.since) / n_labels
    step = next((step for step in _STEPS if step >= wanted), _STEPS[-1])
    moment = data.since.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    while moment <= data.until:
        if moment >= data.since:
            x = frame.x(moment)
            yield f'<path class="tick" d="M{x:.1f} {frame.top:g}V{frame.bottom + 5:g}"/>'
            place = f'x="{x:.1f}" y="{frame.bottom + 19:g}"'
            yield f'<text class="middle" {place}>{_say(moment)}</text>'
        moment += step


def _say(moment: datetime) -> str:
    is_midnight = moment.hour == moment.minute == 0
    return f"{moment:%d %b}" if is_midnight else f"{moment:%H:%M}"
