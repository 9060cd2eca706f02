"""What a report says, and the page that says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor import versions
from asd_monitor.monitor.cli.embedded import Embedder
from asd_monitor.monitor.cli.event_text import facts_of, kind_of, length_of
from asd_monitor.monitor.cli.report_chart import ChartData, score_chart
from asd_monitor.monitor.cli.times import say_moment, time_zone
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.listening_time import Span, listening_spans
from asd_monitor.monitor.store.marks import Mark, Opinion
from asd_monitor.monitor.store.score_history import ScoredClip

_TEMPLATE: Final = "report.html"
_WIDE, _NARROW = (960.0, 280.0), (420.0, 240.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Everything a report rests on. Times are UTC.

    Attributes:
        machine: its id.
        since: beginning of the period; no earlier than anything is remembered of the machine.
        now: its end.
        clips: of the period, in order of time.
        events: that began to be known in the period, the latest last.
        marks: what people said of events, by their id.
        calibration: the machine's present one; None where it is not in the data folder.
        drift: distance of recent from calibrated scores in standard deviations, where known.
        evidence: folder of sounds and pictures.
    """

    machine: str
    since: datetime
    now: datetime
    clips: Sequence[ScoredClip]
    events: Sequence[Event]
    marks: Mapping[str, Mark]
    calibration: Calibration | None
    drift: float | None
    evidence: Path

    @property
    def period_s(self) -> float:
        """Length of the period."""
        return (self.now - self.since).total_seconds()

    @property
    def alarms(self) -> list[Event]:
        """The events in which the machine sounded wrong."""
        return [event for event in self.events if event.severity is Severity.CRITICAL]


def report_page(reported: Reported) -> str:
    """The report as one HTML page that needs no other file."""
    import jinja2  # noqa: PLC0415 - listening does without

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    spans = listening_spans(reported.clips, now=reported.now)
    data = _chart_data(reported, spans)
    charts = [score_chart(data, width=width, height=height) for width, height in (_WIDE, _NARROW)]
    return environment.get_template(_TEMPLATE).render(
        machine=reported.machine,
        since=say_moment(reported.since),
        until=say_moment(reported.now),
        zone=time_zone(reported.now),
        version=versions.own(),
        figures=_figures(reported, spans),
        promise=promise_in_words(reported, judged_s=_judged_s(spans)),
        wide_chart=charts[0],
        narrow_chart=charts[1],
        events=_events(reported),
    )


def _chart_data(reported: Reported, spans: Sequence[Span]) -> ChartData:
    critical = reported.calibration.thresholds.critical if reported.calibration else None
    told = [event.threshold for event in reported.alarms if event.threshold is not None]
    return ChartData(
        since=reported.since,
        until=reported.now,
        clips=reported.clips,
        spans=spans,
        events=reported.alarms,
        threshold=critical if critical is not None or not told else told[-1],
    )


def _judged_s(spans: Sequence[Span]) -> float:
    return sum(span.duration_s for span in spans if span.is_judged)


def _figures(reported: Reported, spans: Sequence[Span]) -> list[tuple[str, str]]:
    """The few numbers at the top, each with what it counts."""
    judged_s = _judged_s(spans)
    unjudged_s = sum(span.duration_s for span in spans if not span.is_judged)
    losses = [event for event in reported.events if event.severity is Severity.UNKNOWN]
    figures = [
        (f"{min(1.0, judged_s / reported.period_s):.1%}", "of the time listened and judged"),
        (str(len(reported.alarms)), f"{_times(len(reported.alarms))} it sounded wrong"),
        (str(len(losses)), f"{_times(len(losses))} it was not heard"),
    ]
    if unjudged_s:
        figures.append((say_duration(unjudged_s), "heard, but not to be judged"))
    if reported.drift is not None:
        figures.append((f"{reported.drift:+.1f}", "drift from normal, standard deviations"))
    return figures


def promise_in_words(reported: Reported, *, judged_s: float) -> str:
    """What the calibration promised for the time that was judged, and what came of it."""
    n_alarms = len(reported.alarms)
    opinions = [_mark(reported, event).opinion for event in reported.alarms]
    n_false, n_true = opinions.count(Opinion.FALSE_ALARM), opinions.count(Opinion.TRUE_ALARM)
    came = (
        f"In {say_duration(judged_s)} of judged sound, {_count(n_alarms, 'alarm')} came: "
        f"{n_false} marked as false, {n_true} as true, {n_alarms - n_false - n_true} not marked."
    )
    if reported.calibration is None:
        return f"{came} The calibration is not in the data folder, so its promise is not known."
    budget = parse_budget(reported.calibration.budget)
    expected = budget.rate_per_s * judged_s
    kind = " That promise is an extrapolation." if reported.calibration.extrapolated else ""
    return f"{came} The budget of {budget.text} allows {expected:.2g} false ones in it.{kind}"


def _times(n: int) -> str:
    return "time" if n == 1 else "times"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _mark(reported: Reported, event: Event) -> Mark:
    return reported.marks.get(event.event_id, Mark(event_id=event.event_id))


def _events(reported: Reported) -> list[dict[str, object]]:
    """The latest first: it is what is looked for, and gets its sound while there is room."""
    embedder = Embedder(reported.evidence)
    return [
        {
            "id": event.event_id,
            "title": f"{kind_of(event)}, {length_of(event, now=reported.now)}",
            "is_alarm": event.severity is Severity.CRITICAL,
            "is_open": event.is_open,
            "began": say_moment(event.started_at),
            "facts": list(facts_of(event, _mark(reported, event), now=reported.now)),
            "picture": embedder.address(event.spectrogram),
            "picture_name": event.spectrogram,
            "sound": embedder.address(event.clip),
            "sound_name": event.clip,
        }
        for event in reversed(reported.events)
    ]
