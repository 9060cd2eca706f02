"""What goes on over a restart of the daemon, and over a change of the model."""

from dataclasses import replace

import pytest

from asd_monitor.calibrate.transition import Detector
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.alarms import Identity
from asd_monitor.monitor.messages import State
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly
from tests.support.machines import (
    FAULT_FROM_S,
    FAULT_UNTIL_S,
    RATE_HZ,
    an_identity,
    faulty,
    healthy,
    knowing_bundle,
    knowing_calibration,
)
from tests.support.room import (
    ENDED,
    NO_AUDIO,
    NORMAL,
    RESTORED,
    STARTED,
    TICK_S,
    WARMING_UP,
    Room,
    first,
)
from tests.support.sounds import BEGAN_AT


def test_an_event_survives_a_stop_and_goes_on_at_the_next_start(room: Room, store: Store) -> None:
    room.hear(faulty()[: 28 * RATE_HZ])
    room.stop()
    assert room.event_types == [STARTED]
    (open_event,) = store.open_events()
    later = Room(store)
    later.hear(first(20))
    assert later.event_types == [ENDED]
    assert later.sink.events[0].event_id == open_event.event_id


def test_an_event_of_a_killed_daemon_is_continued_and_closes_once(room: Room, store: Store) -> None:
    room.hear(faulty()[: 31 * RATE_HZ])  # and nobody says good-bye
    (started,) = room.sink.events
    heard = store.scores.clips("pump", since=BEGAN_AT)
    highest = max((clip for clip in heard if clip.score), key=lambda clip: clip.score or 0)
    later = Room(store)
    later.wait(TICK_S)
    assert later.sink.states[0].event_id == started.event_id
    assert later.sink.states[0].bands == started.bands
    later.hear(healthy())
    (ended,) = later.sink.events
    assert ended.event_type is ENDED
    assert (ended.event_id, ended.started_at) == (started.event_id, started.started_at)
    assert ended.detected_at == started.detected_at
    assert started.peak_score is not None
    assert ended.peak_score == highest.score
    assert highest.score is not None
    assert highest.score > started.peak_score
    assert ended.peak_at == highest.at
    assert store.open_events() == ()
    assert len(store.events()) == 1


def test_a_fault_that_lasts_over_a_restart_is_one_event(room: Room, store: Store) -> None:
    room.hear(faulty()[: 26 * RATE_HZ])
    later = Room(store)
    later.hear(faulty()[FAULT_FROM_S * RATE_HZ :])
    assert [*room.event_types, *later.event_types] == [STARTED, ENDED]
    assert len(store.events()) == 1


def test_a_loss_of_a_killed_daemon_is_continued(room: Room, store: Store) -> None:
    room.wait(9)
    later = Room(store)
    later.wait(20)
    assert later.event_types == []
    assert later.sink.online == [False]
    assert later.said == [NO_AUDIO]
    later.hear(first(2))
    assert later.event_types == [RESTORED]
    assert later.sink.events[0].event_id == room.sink.events[0].event_id


def test_a_restart_remembers_the_last_anomaly(room: Room, store: Store) -> None:
    room.hear(faulty())
    later = Room(store)
    later.wait(TICK_S)
    assert later.sink.states[0].last_anomaly_at == room.sink.events[0].detected_at
    assert later.sink.states[0].seq == 2


@pytest.mark.parametrize("detector", [*Detector, None])
def test_an_event_goes_on_after_a_restart_by_the_rules_of_what_opened_it(
    store: Store, detector: Detector | None
) -> None:
    recorded = store.record(replace(anomaly(), detector=detector), outgoing=False)
    room = Room(store)
    alarm = room.monitor._pipeline.open_alarm
    assert alarm is not None
    assert alarm.detector is (detector or Detector.THRESHOLD)
    room.hear(healthy())
    assert [event.event_id for event in room.sink.events] == [recorded.event_id]
    assert room.sink.events[0].detector is detector


def other_model() -> tuple[Pipeline, Identity]:
    """The machine's bundle with a later calibration."""
    calibration = replace(knowing_calibration(), created_at="2026-03-01T00:00:00.000Z")
    identity = replace(an_identity(), calibration=calibration.created_at)
    return Pipeline(knowing_bundle(), calibration), identity


def test_another_model_judges_from_the_next_block_on(room: Room) -> None:
    room.hear(first(15))
    room.monitor.judge_with(*other_model(), now_s=room.now_s)
    assert room.sink.states[-1].calibration == an_identity().calibration
    room.hear(healthy()[15 * RATE_HZ : 26 * RATE_HZ], after_gap=False)
    assert room.said == [WARMING_UP, NORMAL, WARMING_UP, NORMAL]
    assert room.sink.states[-1].calibration == "2026-03-01T00:00:00.000Z"
    assert room.sink.events == []
    assert room.sink.online == [True]


def test_an_open_event_outlasts_a_change_of_model_with_its_highest_peak(
    room: Room, store: Store
) -> None:
    room.hear(faulty()[: 31 * RATE_HZ])
    (started,) = room.sink.events
    highest = max(clip.score or 0 for clip in store.scores.clips("pump", since=BEGAN_AT))
    room.monitor.judge_with(*other_model(), now_s=room.now_s)
    room.hear(faulty()[FAULT_UNTIL_S * RATE_HZ :], after_gap=False)
    _, ended = room.sink.events
    assert (ended.event_id, ended.event_type) == (started.event_id, ENDED)
    assert (ended.started_at, ended.detected_at) == (started.started_at, started.detected_at)
    assert ended.peak_score == highest
    assert highest > (started.peak_score or 0)
    assert not any(state.severity is Severity.NORMAL for state in during(room, started.event_id))


def during(room: Room, event_id: str) -> list[State]:
    """What was told while an event was open."""
    return [state for state in room.sink.states if state.event_id == event_id]
