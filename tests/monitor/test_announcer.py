"""When a machine's state is told: news at once, numbers by and by."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.announcer import STATE_INTERVAL_S, Announcer
from asd_monitor.monitor.liveness import Listening
from tests.support.alarms import state
from tests.support.recording_sink import RecordingSink

FIRST = state()


def told(*after: tuple[float, dict[str, Any]]) -> RecordingSink:
    """What a sink is told of a first state and of how it changes: after so many seconds, what."""
    sink = RecordingSink()
    announcer = Announcer(FIRST.machine, [sink], now_s=0.0)
    announcer.tell(FIRST, online=True, now_s=0.0)
    for now_s, changed in after:
        announcer.tell(replace(FIRST, **changed), online=True, now_s=now_s)
    return sink


@pytest.mark.parametrize(
    "news",
    [
        {"severity": Severity.WARNING},
        {"reason": "silence"},
        {"event_id": "01JQZX7H3T5V9Y2K4M6N8P0R1S"},
        {"capture": "lost"},
        {"listening": Listening.STALLED},
        {"model": "cd" * 32},
        {"calibration": "2026-03-01T00:00:00.000Z"},
    ],
)
def test_news_is_told_at_once_and_once(news: dict[str, Any]) -> None:
    assert len(told((1.0, news), (2.0, news)).states) == 2


def test_numbers_wait_for_their_turn() -> None:
    higher = {"score": 1e6}
    early, due = STATE_INTERVAL_S - 0.1, STATE_INTERVAL_S
    assert [each.score for each in told((early, higher)).states] == [FIRST.score]
    assert [each.score for each in told((early, higher), (due, higher)).states] == [
        FIRST.score,
        1e6,
    ]


def test_since_stays_as_long_as_the_severity_does() -> None:
    later = FIRST.ts + timedelta(minutes=1)
    same = {"reason": "silence", "since": later}
    other = {"severity": Severity.CRITICAL, "since": later}
    assert [each.since for each in told((1.0, same), (2.0, other)).states] == [
        FIRST.since,
        FIRST.since,
        later,
    ]


def test_availability_is_told_when_it_changes() -> None:
    sink = RecordingSink()
    announcer = Announcer(FIRST.machine, [sink], now_s=0.0)
    for online in (False, False, True, True, False):
        announcer.tell(FIRST, online=online, now_s=0.0)
    assert sink.online == [False, True, False]
