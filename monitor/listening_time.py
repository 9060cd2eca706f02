"""When a machine was listened to, from the clips that are remembered of it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asd_monitor.monitor.store.score_history import SCORES_KEPT_WHOLE, ScoredClip

# Of every minute that is older only one clip is kept, which may be its first or its last.
_APART_WHOLE: Final = timedelta(seconds=30)
_APART_THINNED: Final = timedelta(seconds=150)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which the machine was listened to without a pause.

    Attributes:
        begun_at: when it began, UTC.
        ended_at: when it ended, UTC.
        is_judged: what was heard could be judged; else it was silence, overload and the like.
    """

    begun_at: datetime
    ended_at: datetime
    is_judged: bool

    @property
    def duration_s(self) -> float:
        """Its length."""
        return (self.ended_at - self.begun_at).total_seconds()


def listening_spans(clips: Sequence[ScoredClip], *, now: datetime) -> tuple[Span, ...]:
    """Put clips together to spans; those that follow each other closely are one.

    A pause shorter than 30 s is not seen, and in sound of more than seven days ago, of which one
    clip a minute is remembered, none shorter than 2.5 min.

    Args:
        clips: of one machine, in order of time.
        now: UTC; tells how old a clip is.
    """
    return tuple(_joined([_span_of(clip) for clip in clips], whole_since=now - SCORES_KEPT_WHOLE))


def _span_of(clip: ScoredClip) -> Span:
    begun_at = clip.at - timedelta(seconds=clip.duration_s)
    return Span(begun_at, clip.at, clip.score is not None)


def _joined(spans: Sequence[Span], *, whole_since: datetime) -> Iterator[Span]:
    if not spans:
        return
    current = spans[0]
    for span in spans[1:]:
        apart = _APART_WHOLE if current.ended_at >= whole_since else _APART_THINNED
        follows = span.begun_at - current.ended_at <= apart
        if follows and span.is_judged is current.is_judged:
            current = Span(current.begun_at, max(current.ended_at, span.ended_at), span.is_judged)
            continue
        yield current
        begun_at = current.ended_at if follows else span.begun_at
        current = Span(begun_at, max(begun_at, span.ended_at), span.is_judged)
    yield current
