import io
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import close_event
from asd_monitor.monitor.sinks.terminal import TerminalSink
from tests.support.alarms import NOON, anomaly, state


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def sink(screen: io.StringIO) -> TerminalSink:
    return TerminalSink(Console(file=screen, width=40))


def test_an_event_is_one_plain_line_each_for_its_beginning_and_its_end(
    sink: TerminalSink, screen: io.StringIO
) -> None:
    sink.publish_event(anomaly())
    sink.publish_event(close_event(anomaly(), ended_at=NOON + timedelta(seconds=20)))
    started, ended = screen.getvalue().splitlines()
    peak = "peak score 2.5 (threshold 1.25) at 1.0-1.5 kHz"
    begin = "2026-01-31T11:59:51.623Z"
    assert started == f"2026-01-31T12:00:00.123Z pump anomaly_started since {begin} {peak}"
    assert ended == f"2026-01-31T12:00:20.123Z pump anomaly_ended after 28.5 s {peak}"


def test_a_state_is_shown_only_when_severity_or_reason_change(
    sink: TerminalSink, screen: io.StringIO
) -> None:
    silent = replace(state(severity=Severity.UNKNOWN), reason="silence", score=None)
    for shown in [state(), state(), silent, silent, replace(silent, reason="gap"), state()]:
        sink.publish_state(shown)
    assert screen.getvalue().splitlines() == [
        "2026-01-31T12:00:00.123Z pump normal score 0.5 (threshold 1.25)",
        "2026-01-31T12:00:00.123Z pump unknown (silence)",
        "2026-01-31T12:00:00.123Z pump unknown (gap)",
        "2026-01-31T12:00:00.123Z pump normal score 0.5 (threshold 1.25)",
    ]


def test_machines_do_not_hide_each_other(sink: TerminalSink, screen: io.StringIO) -> None:
    for machine in ["pump", "fan", "pump", "fan"]:
        sink.publish_state(state(machine=machine))
    assert len(screen.getvalue().splitlines()) == 2


def test_results_have_stdout_for_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    TerminalSink().publish_event(anomaly())
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "anomaly_started" in captured.err
