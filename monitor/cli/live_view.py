"""The live view: a snapshot in, something that rich can draw out. No clock, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.band_words import say_where
from asd_monitor.monitor.cli.event_text import kind_of, length_of
from asd_monitor.monitor.cli.live_chart import Column, chart, columns, meter, threshold_row
from asd_monitor.monitor.cli.snapshot import SCORES_OVER, Snapshot
from asd_monitor.monitor.cli.status import as_number, connection
from asd_monitor.monitor.cli.times import say_age
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import CaptureHealth
from asd_monitor.monitor.sinks.terminal import STYLES
from asd_monitor.monitor.status import MachineStatus
from asd_monitor.monitor.store.score_history import ScoredClip

CHART_ROWS: Final = (1, 6)
EVENT_LINES: Final = 6
_LABEL_WIDTH: Final = 8
_METER_WIDTHS: Final = (8, 24)
# Rows of a machine beside its chart: two edges, state, level.
_PANEL_ROWS: Final = 4
# Rows that are always there: headline, broker, an empty one, the last line.
_FIXED_ROWS: Final = 4
_TREND_STYLES: Final = {Trend.STEADY: "dim", Trend.RISING: "yellow"}
_BEHIND_WORTH_TELLING_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The room there is, and what is said around the machines.

    Attributes:
        width: columns of the terminal.
        height: its rows.
        log: the newest lines of the log, which get what room is left.
        footer: the last line.
    """

    width: int
    height: int
    log: Sequence[str] = ()
    footer: str = ""


def live_view(snapshot: Snapshot, frame: Frame) -> RenderableType:
    """Draw a snapshot so that it fits.

    Charts shrink before anything is left out; where even charts of one row do not fit, each
    machine becomes one line.
    """
    machines, events = snapshot.status.machines, snapshot.events[-EVENT_LINES:]
    room = frame.height - _FIXED_ROWS - (len(events) + 2 if events else 0)
    smallest, largest = CHART_ROWS
    rows = min(largest, room // len(machines) - _PANEL_ROWS) if machines else 0
    parts: list[RenderableType] = [*_headlines(snapshot, frame), Text()]
    if rows >= smallest:
        parts += [_panel(each, snapshot, frame, rows) for each in machines]
        room -= len(machines) * (rows + _PANEL_ROWS)
    else:
        few = _lines(machines, snapshot, frame)
        parts += few
        room -= len(few)
    if events and room >= 0:
        parts += [
            Text(),
            _dim("Events of the last 30 days"),
            _events(events, snapshot),
        ]
    parts += _log(frame, room)
    parts.append(_dim(frame.footer))
    return Group(*parts)


def _headlines(snapshot: Snapshot, frame: Frame) -> list[Text]:
    status, now = snapshot.status, snapshot.now
    who = Text("asd-monitor", style="bold", no_wrap=True, overflow="ellipsis")
    if status.node is not None:
        who.append(f" {status.version} on {status.node}", style="not bold")
    if status.running and status.started_at is not None:
        who.append(f", listening for {say_age(status.started_at, now=now)}", style="not bold")
    else:
        who.append("  NOT RUNNING, nobody listens", style=STYLES[Severity.UNKNOWN])
    clock = f"{now.astimezone():%H:%M:%S}"
    who.truncate(max(0, frame.width - len(clock) - 1), pad=True)
    who.append(f" {clock}", style="not bold dim")
    return [who, _broker(snapshot)]


def _broker(snapshot: Snapshot) -> Text:
    status = snapshot.status
    if status.broker is None:
        return _dim("broker none, nothing is published")
    text = Text(f"broker {status.broker}, ", style="dim", no_wrap=True, overflow="ellipsis")
    is_wrong = status.broker_connected is False
    text.append(connection(status, snapshot.now), style="not dim yellow" if is_wrong else "")
    if status.outbox.depth:
        text.append(f"; {status.outbox.depth} messages wait", style="not dim yellow")
    return text


def _panel(machine: MachineStatus, snapshot: Snapshot, frame: Frame, rows: int) -> Panel:
    inside = frame.width - 4
    clips = snapshot.clips.get(machine.machine, ())
    drawn = _columns(clips, snapshot, inside - _LABEL_WIDTH)
    is_calm = machine.severity is Severity.NORMAL
    return Panel(
        Group(
            _state(machine, snapshot.now),
            *_labelled(drawn, machine.threshold, rows),
            _sound(machine, clips, snapshot, width=inside),
        ),
        title=Text(machine.machine, style="bold"),
        title_align="left",
        subtitle=Text(f"the last {SCORES_OVER.total_seconds() / 60:.0f} min", style="dim"),
        subtitle_align="right",
        border_style="dim" if is_calm else STYLES[machine.severity],
        width=frame.width,
    )


def _columns(clips: Sequence[ScoredClip], snapshot: Snapshot, width: int) -> list[Column]:
    return columns(clips, now=snapshot.now, over=SCORES_OVER, n_columns=max(1, width))


def _state(machine: MachineStatus, now: datetime) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append_text(_severity(machine))
    if machine.since is not None:
        text.append(f" for {say_age(machine.since, now=now)}")
    text.append(f"   score {as_number(machine.score)}")
    if machine.trend is not None:
        text.append(f", {machine.trend}", style=_TREND_STYLES.get(machine.trend, ""))
    text.append(f"   alarm above {as_number(machine.threshold)}", style="dim")
    if machine.bands:
        text.append(f"   excess at {say_where(machine.bands)}", style="yellow")
    if machine.event_id is not None:
        text.append(f"   event {machine.event_id}", style=STYLES[Severity.CRITICAL])
    return text


def _severity(machine: MachineStatus) -> Text:
    reason = f" ({machine.reason})" if machine.reason else ""
    return Text(f"● {machine.severity}{reason}", style=STYLES[machine.severity])


def _labelled(drawn: Sequence[Column], threshold: float | None, rows: int) -> list[Text]:
    """The chart, with the threshold's value beside the row it falls into."""
    limit = threshold_row(drawn, threshold=threshold, height=rows)
    labels = [as_number(threshold) if row == limit else "" for row in reversed(range(rows))]
    return [
        Text(f"{label:>{_LABEL_WIDTH - 1}.{_LABEL_WIDTH - 1}} ", style="dim").append_text(line)
        for label, line in zip(labels, chart(drawn, threshold=threshold, height=rows), strict=True)
    ]


def _sound(
    machine: MachineStatus, clips: Sequence[ScoredClip], snapshot: Snapshot, *, width: int
) -> Text:
    """How loud it is, and how the sound arrives."""
    least, most = _METER_WIDTHS
    level = clips[-1].level_dbfs if clips and machine.is_heard else None
    text = Text(f"{'level':<{_LABEL_WIDTH}}", style="dim", no_wrap=True, overflow="ellipsis")
    text.append_text(meter(level, width=max(least, min(most, width // 5))))
    text.append(" no sound   " if level is None else f" {level:5.1f} dBFS", style="not dim")
    is_lost = machine.capture == "lost"
    text.append(
        f"   capture {machine.capture or 'not known'}",
        style=f"not dim {STYLES[Severity.UNKNOWN]}" if is_lost else "",
    )
    if machine.last_clip_at is not None:
        text.append(f"   heard {say_age(machine.last_clip_at, now=snapshot.now)} ago")
    for told in _troubles(snapshot, machine.machine):
        text.append(f"   {told}", style="not dim yellow")
    return text


def _troubles(snapshot: Snapshot, machine: str) -> list[str]:
    """What the daemon counts only when something is not as it should be."""
    if snapshot.health is None:
        return []
    capture = snapshot.health.capture.get(machine)
    behind_s = snapshot.health.queue.behind_s
    is_behind = behind_s >= _BEHIND_WORTH_TELLING_S
    said = [f"{say_duration(behind_s)} behind"] if is_behind else []
    return said if capture is None else [*said, *_counts(capture)]


def _counts(capture: CaptureHealth) -> list[str]:
    counts = {"gaps": capture.gaps, "restarts": capture.restarts}
    said = [f"{name} {count}" for name, count in counts.items() if count]
    dropped = [f"{say_duration(capture.dropped_s)} dropped"] if capture.dropped_s else []
    return said + dropped


def _lines(
    machines: Sequence[MachineStatus], snapshot: Snapshot, frame: Frame
) -> list[RenderableType]:
    """One line for each machine where there is no room for more, and one for those left out."""
    if not machines:
        return [_dim("No daemon has told of any machine yet.")]
    n_shown = len(machines)
    if n_shown > frame.height - _FIXED_ROWS:
        n_shown = max(1, frame.height - _FIXED_ROWS - 1)
    name_width = max(len(each.machine) for each in machines)
    lines: list[RenderableType] = []
    for machine in machines[:n_shown]:
        clips = snapshot.clips.get(machine.machine, ())
        (drawn,) = chart(
            _columns(clips, snapshot, frame.width // 3), threshold=machine.threshold, height=1
        )
        line = Text(f"{machine.machine:<{name_width}} ", no_wrap=True, overflow="ellipsis")
        line.append_text(drawn).append(f" {as_number(machine.score)} ")
        lines.append(line.append_text(_severity(machine)))
    n_more = len(machines) - n_shown
    return [*lines, _dim(f"and {n_more} more; make the window larger")] if n_more else lines


def _dim(line: str) -> Text:
    return Text(line, style="dim", no_wrap=True, overflow="ellipsis")


def _events(events: Sequence[Event], snapshot: Snapshot) -> Table:
    table = Table.grid(padding=(0, 2))
    for _ in range(5):
        table.add_column(no_wrap=True, overflow="ellipsis")
    for event in reversed(events):
        peak = "" if event.peak_score is None else f"worst {event.peak_score:.4g}"
        where = say_where(event.bands)
        table.add_row(
            Text(f"{event.started_at.astimezone():%m-%d %H:%M:%S}", style="dim"),
            event.machine,
            Text(kind_of(event), style=STYLES[event.severity] if event.is_open else ""),
            length_of(event, now=snapshot.now),
            ", ".join(words for words in (peak, where) if words),
        )
    return table


def _log(frame: Frame, room: int) -> list[Text]:
    lines = frame.log[-(room - 2) :] if room > 2 else []  # noqa: PLR2004 - a title and a space
    if not lines:
        return []
    return [Text(), _dim("Log"), *map(_dim, lines)]
