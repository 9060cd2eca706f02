"""An event in words, for people on site; times are in the host's time zone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.hertz import say_band
from asd_monitor.calibrate.transition import Detector
from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.cli.times import say_moment, time_zone
from asd_monitor.monitor.events import Band, Clock, Event, Origin
from asd_monitor.monitor.store.marks import Mark


def kind_of(event: Event) -> str:
    """What happened, in two words at most."""
    return "sounded wrong" if event.severity is Severity.CRITICAL else "not heard"


def length_of(event: Event, *, now: datetime) -> str:
    """How long it lasted, or has lasted by now."""
    if event.duration_s is not None:
        return say_duration(event.duration_s)
    return f"open, {say_duration(max(0.0, (now - event.started_at).total_seconds()))}"


def in_words(event: Event, mark: Mark, *, data: Path, now: datetime) -> Iterator[str]:
    """The lines that tell an event.

    Args:
        event: to tell.
        mark: what people said of it.
        data: folder that holds the evidence.
        now: UTC.
    """
    yield f"Event {event.event_id}: {event.machine} {kind_of(event)}"
    yield ""
    for name, text in facts_of(event, mark, now=now):
        yield f"  {name:<11}  {text}"
    for name, path in (("Sound", event.clip), ("Picture", event.spectrogram)):
        if path is not None:
            file = data / "evidence" / path
            gone = "" if file.exists() else " (no longer there)"
            yield f"  {name:<11}  {file}{gone}"


def facts_of(event: Event, mark: Mark, *, now: datetime) -> Iterator[tuple[str, str]]:
    """What there is to say of an event, each with a word for what it is about."""
    yield "When", _when(event, now)
    yield "Noticed", _noticed(event)
    if event.score is not None and event.threshold is not None:
        yield "How unusual", _unusual(event)
    if event.bands is not None:
        yield "Where", _bands(event.bands)
    if event.trend is not None:
        yield "Before", _before(event.trend)
    yield "Judged by", _judged_by(event)
    if event.clock is Clock.UNSYNCED:
        yield "Beware", "the host's clock was not synchronised, so the times may be wrong"
    yield "People say", _opinion(mark)


def opinion_of(mark: Mark) -> str:
    """One word, or none, for a table."""
    return mark.opinion or ("seen" if mark.acknowledged_at else "")


def _when(event: Event, now: datetime) -> str:
    zone = time_zone(now)
    if event.ended_at is None:
        return f"since {say_moment(event.started_at)} {zone}, and has not ended"
    return (
        f"for {length_of(event, now=now)}, from {say_moment(event.started_at)} "
        f"to {say_moment(event.ended_at)} {zone}"
    )


def _noticed(event: Event) -> str:
    delay = max(timedelta(), event.detected_at - event.started_at)
    how = ", by a lasting shift of the score" if event.detector is Detector.CHANGE else ""
    return f"{say_duration(delay.total_seconds())} after it began{how}"


def _unusual(event: Event) -> str:
    peak = "" if event.peak_score is None else f", at its worst {event.peak_score:.4g}"
    said = f"score {event.score:.4g}{peak}; an alarm opens above {event.threshold:.4g}"
    return said if event.p_value is None else f"{said}. {_rarity(event.p_value)}"


def _rarity(p_value: float) -> str:
    clips = round(1 / p_value)
    return f"Of {clips} normal clips at most one scores so high"


def _bands(bands: tuple[Band, ...]) -> str:
    said = (f"{say_band(band)} ({band.share:.0%})" for band in bands)
    return ", ".join(said) or "no band of frequencies stands out"


def _before(trend: Trend) -> str:
    how = "was steady" if trend is Trend.STEADY else f"had been {trend}"
    return f"in the hours up to it the score {how}"


def _judged_by(event: Event) -> str:
    model = (event.model or "unknown")[:12]
    source = "in recordings" if event.source is Origin.REPLAY else "live"
    return f"bundle {model}, calibration of {event.calibration or 'unknown'}, {source}"


def _opinion(mark: Mark) -> str:
    said = []
    if mark.opinion is not None and mark.marked_at is not None:
        note = f' ("{mark.note}")' if mark.note else ""
        said.append(f"{mark.opinion}{note}, on {say_moment(mark.marked_at)}")
    if mark.acknowledged_at is not None:
        said.append(f"seen on {say_moment(mark.acknowledged_at)}")
    return "; ".join(said) or "nothing yet"
