import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.cli.live_view import Frame, live_view
from asd_monitor.monitor.cli.snapshot import Snapshot
from asd_monitor.monitor.events import Band, close_event
from asd_monitor.monitor.messages import CaptureHealth, QueueHealth
from tests.support.alarms import NOON, anomaly, health
from tests.support.snapshots import a_machine, a_snapshot, clips_of

LOG = tuple(f"line {i} of the log" for i in range(100))


def lines(snapshot: Snapshot, *, width: int = 100, height: int = 40, **frame: object) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, record=True)
    made = Frame(width=width, height=height, **frame)  # type: ignore[arg-type]
    console.print(live_view(snapshot, made))
    return console.export_text().splitlines()


def test_a_machine_shows_state_score_threshold_level_and_since_when() -> None:
    shown = "\n".join(lines(a_snapshot()))
    for words in (
        "asd-monitor 0.1.0 on hall, listening for 3.0 h",
        "broker hall:1883, connected",
        "● normal for 3.0 h",
        "score 0.5",
        "alarm above 1.25",
        "1.25 ┄",
        "-30.5 dBFS",
        "capture healthy",
        "heard 1.0 s ago",
    ):
        assert words in shown


def test_trend_and_frequencies_are_told_in_words() -> None:
    machine = replace(a_machine(), trend=Trend.RISING, bands=(Band(1000.0, 1500.0, 0.75),))
    shown = "\n".join(lines(a_snapshot(machine)))
    assert "score 0.5, rising" in shown
    assert "at 1.0-1.5 kHz" in shown


def test_a_daemon_that_does_not_run_is_said_not_to() -> None:
    snapshot = a_snapshot(a_machine(severity=Severity.UNKNOWN))
    stopped = replace(snapshot, status=replace(snapshot.status, running=False), health=None)
    shown = "\n".join(lines(stopped))
    assert "NOT RUNNING, nobody listens" in shown
    assert "normal" not in shown


def test_what_is_lost_is_told_with_its_reason_and_counts() -> None:
    snapshot = a_snapshot(a_machine(severity=Severity.UNKNOWN))
    told = replace(
        health(),
        queue=QueueHealth(behind_s=12.0),
        capture={"pump": CaptureHealth(state="lost", overruns=0, gaps=3, restarts=2)},
    )
    shown = "\n".join(lines(replace(snapshot, health=told), width=140))
    for words in ("unknown (no_audio)", "capture lost", "12.0 s behind", "gaps 3", "restarts 2"):
        assert words in shown


def test_the_newest_event_comes_first_and_an_open_one_says_so() -> None:
    ended = close_event(
        anomaly(detected_at=NOON - timedelta(hours=1)), ended_at=NOON - timedelta(minutes=50)
    )
    found = lines(a_snapshot(events=[ended, anomaly()]))
    first, second = (line for line in found if "sounded wrong" in line)
    assert "open, 8.5 s" in first
    assert "worst 2.5, 1.0-1.5 kHz" in first
    assert "10.1 min" in second


def test_a_broker_that_is_gone_and_messages_that_wait_are_told() -> None:
    snapshot = a_snapshot()
    gone = replace(snapshot.status, broker_connected=False)
    assert "NOT CONNECTED" in lines(replace(snapshot, status=gone))[1]
    nobody = replace(snapshot.status, broker=None)
    assert lines(replace(snapshot, status=nobody))[1] == "broker none, nothing is published"


@given(
    width=st.integers(20, 200),
    height=st.integers(8, 60),
    n_machines=st.integers(0, 12),
    n_events=st.integers(0, 9),
)
def test_the_view_fits_every_terminal_that_has_room_for_a_line_each(
    width: int, height: int, n_machines: int, n_events: int
) -> None:
    machines = [a_machine(f"machine-{i}") for i in range(n_machines)]
    clips = {each.machine: clips_of(each.machine, [0.5, None, 2.0]) for each in machines}
    snapshot = a_snapshot(*machines, clips=clips, events=[anomaly()] * n_events)
    if not machines:
        snapshot = replace(snapshot, status=replace(snapshot.status, machines=()))
    shown = lines(snapshot, width=width, height=height, log=LOG, footer="the end")
    assert len(shown) <= height
    assert max(map(len, shown)) <= width
    assert shown[-1] == "the end"
    named = sum(any(f"machine-{i}" in line for line in shown) for i in range(n_machines))
    assert named == n_machines or any("more" in line for line in shown)


def test_the_log_gets_the_room_that_is_left_newest_last() -> None:
    found = [line for line in lines(a_snapshot(), log=LOG) if "of the log" in line]
    assert len(found) > 5
    assert found[-1] == "line 99 of the log"


@pytest.mark.parametrize("is_plain", [True, False])
def test_no_colour_is_used_where_none_is_wanted(
    is_plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if is_plain:
        monkeypatch.setenv("NO_COLOR", "1")
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system="256", width=100, height=40)
    console.print(live_view(a_snapshot(), Frame(width=100, height=40)))
    assert ("\x1b[32m" in screen.getvalue()) is not is_plain
