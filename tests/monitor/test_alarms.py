from dataclasses import replace
from datetime import timedelta

import pytest

from asd_monitor.calibrate.transition import Transition, TransitionKind
from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity, Verdict
from asd_monitor.monitor.alarms import begin_alarm, end_alarm
from asd_monitor.monitor.events import Clock, EventType
from asd_monitor.monitor.outcome import DatedTransition
from tests.support.alarms import NOON
from tests.support.clip_scores import clip
from tests.support.machines import an_identity


def dated(kind: TransitionKind, *, score: float, peak_score: float) -> DatedTransition:
    closes = kind is TransitionKind.CLOSED
    return DatedTransition(
        transition=Transition(
            kind=kind,
            sample=0,
            clip=clip(score),
            verdict=Verdict(Severity.CRITICAL, None, score, 1.8, 0.02),
            opened_sample=0,
            peak_score=peak_score,
            peak_sample=0,
        ),
        started_at=NOON - timedelta(seconds=6),
        detected_at=NOON,
        peak_at=NOON + timedelta(seconds=4 if closes else 0),
        ended_at=NOON + timedelta(seconds=9) if closes else None,
        started_sample=0,
        ended_sample=15 * 16_000 if closes else None,
        bands=None,
    )


OPENED = dated(TransitionKind.OPENED, score=2.0, peak_score=2.0)
CLOSED = dated(TransitionKind.CLOSED, score=1.5, peak_score=2.75)


def test_an_alarm_says_who_when_and_how_wrong() -> None:
    identity = an_identity()
    event = begin_alarm(OPENED, identity, Clock.UNSYNCED, trend=Trend.STEADY)
    assert event.trend is Trend.STEADY
    assert event.event_type is EventType.ANOMALY_STARTED
    assert (event.node, event.machine, event.model) == ("hall", "pump", identity.model)
    assert (event.calibration, event.source) == (identity.calibration, identity.source)
    assert (event.started_at, event.detected_at) == (OPENED.started_at, NOON)
    assert (event.score, event.threshold, event.p_value) == (2.0, 1.8, 0.02)
    assert event.clock is Clock.UNSYNCED
    assert event.is_open


def test_its_end_keeps_what_it_began_with_and_adds_the_peak() -> None:
    begun = begin_alarm(OPENED, an_identity(), Clock.SYNCED)
    ended = end_alarm(begun, CLOSED)
    assert ended.event_type is EventType.ANOMALY_ENDED
    assert ended.event_id == begun.event_id
    assert (ended.started_at, ended.score) == (begun.started_at, begun.score)
    assert (ended.peak_score, ended.peak_at) == (2.75, CLOSED.peak_at)
    assert (ended.ended_at, ended.duration_s) == (CLOSED.ended_at, 15.0)


def test_an_opening_ends_nothing() -> None:
    begun = begin_alarm(OPENED, an_identity(), Clock.SYNCED)
    with pytest.raises(ValueError, match="does not close"):
        end_alarm(begun, OPENED)


def test_a_duration_counted_in_sound_is_not_that_of_a_clock_that_was_set() -> None:
    begun = begin_alarm(OPENED, an_identity(), Clock.UNSYNCED)
    an_hour_on = NOON + timedelta(hours=1)
    ended = end_alarm(begun, replace(CLOSED, ended_at=an_hour_on, duration_s=15.5))
    assert (ended.ended_at, ended.duration_s) == (an_hour_on, 15.5)
