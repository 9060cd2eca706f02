"""Which of the monitored sound is taken for normal."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from asd_monitor.calibrate.normal.left_out import left_out_seconds
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.fusion import Voice
from asd_monitor.monitor.events import close_event
from asd_monitor.monitor.monitored_sound import (
    ALARMED,
    OTHER_UNITS,
    Alarm,
    alarms_not_false,
    comparable,
    monitored_sound,
)
from asd_monitor.monitor.store.marks import Opinion
from asd_monitor.monitor.store.score_history import ScoredClip
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import NOON, anomaly
from tests.support.clip_scores import RATE_HZ, a_calibration
from tests.support.machines import calibration_with_levels

CALIBRATION = a_calibration()
NAME = CALIBRATION.created_at


def a_clip(second: float, *, calibration: str | None = NAME) -> ScoredClip:
    """A clip of 10 s that ends so many seconds after noon."""
    at = NOON + timedelta(seconds=second)
    return ScoredClip("pump", at, 10.0, 0.5, 0.5, -30.0, Severity.NORMAL, None, calibration)


def unknown(second: float, reason: str) -> ScoredClip:
    return replace(a_clip(second), severity=Severity.UNKNOWN, reason=reason, score=None)


def taken(clips: list[ScoredClip], *alarms: Alarm) -> NormalSound:
    return monitored_sound(
        clips,
        alarms,
        CALIBRATION,
        names={NAME},
        sample_rate_hz=RATE_HZ,
        store=Path("asd-monitor.sqlite"),
    )


def lengths(sound: NormalSound) -> list[int]:
    return [len(session) for session in sound.sessions]


def test_clips_that_follow_each_other_are_a_session_on_one_time_scale() -> None:
    sound = taken([a_clip(second + 0.02 * (second % 2)) for second in range(30)])
    (session,) = sound.sessions
    assert [clip.first_sample for clip in session] == [s * RATE_HZ for s in range(30)]
    assert sound.seconds == 29 + 10


def test_a_gap_and_what_cannot_be_judged_end_a_session() -> None:
    clips = [a_clip(s) for s in range(10)] + [a_clip(s) for s in range(20, 30)]
    clips += [unknown(30, "silence"), unknown(31, "level_shift"), *map(a_clip, range(32, 40))]
    sound = taken(clips)
    assert lengths(sound) == [10, 10, 8]
    assert left_out_seconds(sound.left_out) == {
        "it could not be judged (silence)": 1.0,
        "it could not be judged (level_shift)": 1.0,
    }


def test_every_clip_with_sound_of_an_alarm_is_left_out() -> None:
    alarm = Alarm(NOON + timedelta(seconds=50), NOON + timedelta(seconds=60))
    sound = taken([a_clip(s) for s in range(100)], alarm)
    assert lengths(sound) == [51, 30]
    assert left_out_seconds(sound.left_out) == {ALARMED: 19.0}


def test_of_an_alarm_that_lasts_nothing_after_its_beginning_is_taken() -> None:
    alarm = Alarm(NOON + timedelta(seconds=50), None)
    assert lengths(taken([a_clip(s) for s in range(100)], alarm)) == [51]


@pytest.mark.parametrize("calibration", [None, "2020-01-01T00:00:00.000Z"])
def test_scores_in_other_units_are_left_out(calibration: str | None) -> None:
    others = [a_clip(s, calibration=calibration) for s in range(20)]
    sound = taken([*others, *(a_clip(s) for s in range(20, 30))])
    assert (lengths(sound), left_out_seconds(sound.left_out)) == ([10], {OTHER_UNITS: 20.0})


def test_calibrations_that_differ_in_thresholds_alone_have_the_same_units() -> None:
    later = replace(CALIBRATION, created_at="later", budget="1/day")
    voice = replace(CALIBRATION.members[0], pooling="max")
    pooled = replace(CALIBRATION, created_at="pooled", members=(voice,))
    other = replace(CALIBRATION, created_at="other", bundle="cd" * 32)
    (regime,) = calibration_with_levels().regimes
    by_regime = replace(
        CALIBRATION, created_at="by-regime", regimes=(replace(regime, voices=(voice,)),)
    )
    assert isinstance(voice, Voice)
    assert comparable(CALIBRATION, [later, pooled, other, by_regime]) == {NAME, "later"}


def test_alarms_count_unless_somebody_has_called_them_false(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        events = [
            store.record(anomaly(detected_at=NOON + timedelta(hours=hour)), outgoing=False)
            for hour in range(3)
        ]
        ended = close_event(events[0], ended_at=NOON + timedelta(minutes=1), peak_score=3.0)
        store.record(ended, outgoing=False)
        store.record(anomaly(machine="fan"), outgoing=False)
        store.marks.give_opinion(events[1].event_id, Opinion.FALSE_ALARM, note=None, at=NOON)
        store.marks.give_opinion(events[2].event_id, Opinion.TRUE_ALARM, note=None, at=NOON)
        assert alarms_not_false(store, "pump") == [
            Alarm(ended.started_at, ended.ended_at),
            Alarm(events[2].started_at, None),
        ]
