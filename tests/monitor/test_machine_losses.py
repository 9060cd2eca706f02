"""A machine whose sound stays away, and what is told until it is back."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.source import CaptureState
from tests.support.machines import (
    RATE_HZ,
    faulty,
    healthy,
)
from tests.support.room import (
    ENDED,
    LOST,
    NO_AUDIO,
    NORMAL,
    RESTORED,
    STARTED,
    TICK_S,
    WARMING_UP,
    Room,
    first,
)


def test_silence_of_three_seconds_is_a_loss(room: Room) -> None:
    room.hear(first(15))
    room.wait(3)
    assert room.event_types == []
    room.wait(TICK_S)
    (lost,) = room.sink.events
    assert lost.event_type is LOST
    assert lost.detected_at - lost.started_at == timedelta(seconds=3.5)
    assert (lost.severity, lost.score) == (Severity.UNKNOWN, None)
    assert room.sink.online == [True, False]
    assert room.said[-1] == NO_AUDIO
    assert room.sink.states[-1].score is None
    room.wait(60)
    assert len(room.sink.events) == 1
    assert room.said == [WARMING_UP, NORMAL, NO_AUDIO]


def test_sound_that_returns_ends_the_loss(room: Room) -> None:
    room.hear(first(15))
    room.wait(5)
    room.hear(first(15))
    lost, restored = room.sink.events
    assert (lost.event_type, restored.event_type) == (LOST, RESTORED)
    assert restored.event_id == lost.event_id
    assert restored.ended_at is not None
    assert restored.duration_s == 6.0, "by the clock that nobody sets"
    assert room.sink.online == [True, False, True]
    assert room.said == [WARMING_UP, NORMAL, NO_AUDIO, WARMING_UP, NORMAL]


def test_sound_that_stalled_begins_anew_even_if_none_of_it_is_missing(room: Room) -> None:
    room.hear(first(15))
    room.wait(5)
    room.hear(healthy()[15 * RATE_HZ : 24 * RATE_HZ], after_gap=False)
    assert room.said[-2:] == [NO_AUDIO, WARMING_UP]
    room.hear(healthy()[24 * RATE_HZ : 26 * RATE_HZ], after_gap=False)
    assert room.said[-1] == NORMAL


def test_a_machine_that_is_never_heard_is_lost(room: Room) -> None:
    room.wait(60, CaptureState.STARTING)
    assert room.event_types == [LOST]
    assert room.sink.online == [False]
    assert room.said == [WARMING_UP, NO_AUDIO]
    room.hear(first(2))
    assert room.event_types == [LOST, RESTORED]


def test_a_microphone_that_is_missing_at_the_start_is_lost_within_four_seconds(room: Room) -> None:
    assert not room.monitor.is_settled
    room.wait(4, CaptureState.LOST)
    assert room.event_types == [LOST]
    assert room.said == [WARMING_UP, NO_AUDIO]
    assert room.monitor.is_settled


def test_another_microphone_in_its_place_is_named_as_the_reason(room: Room) -> None:
    room.hear(first(15))
    room.wait(5, CaptureState.LOST, wrong_device=True)
    assert room.event_types == [LOST]
    assert room.said[-1] == (Severity.UNKNOWN, "wrong_device")


def test_files_that_come_now_and_then_are_no_loss_before_their_pause_is_over(room: Room) -> None:
    room.hear(first(15))
    room.wait(60, pause_s=60.0)
    assert room.event_types == []
    room.wait(5, pause_s=60.0)
    assert room.event_types == [LOST]


def test_two_losses_are_two_events(room: Room) -> None:
    for _ in range(2):
        room.hear(first(2))
        room.wait(5)
    room.hear(first(2))
    assert room.event_types == [LOST, RESTORED, LOST, RESTORED]
    ids = [event.event_id for event in room.sink.events]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert [event.seq for event in room.sink.events] == [1, 2, 3, 4]


def test_sound_too_little_to_score_does_not_end_a_loss(room: Room) -> None:
    room.wait(9)
    room.hear(first(15)[: RATE_HZ // 2])
    assert room.event_types == [LOST]
    assert room.said[-1] == NO_AUDIO


def test_an_anomaly_outlasts_a_loss_and_ends_once(room: Room) -> None:
    room.hear(faulty()[: 28 * RATE_HZ])
    room.wait(10)
    assert room.said[-1] == NO_AUDIO
    assert room.sink.states[-1].anomaly
    room.hear(first(20))
    assert room.event_types == [STARTED, LOST, RESTORED, ENDED]
    assert room.sink.events[0].event_id == room.sink.events[3].event_id
    assert room.sink.events[0].started_at == room.sink.events[3].started_at


def test_nothing_is_called_normal_while_nothing_is_heard(room: Room) -> None:
    """Whatever is told after the sound has been lost says so until clips are judged again."""
    room.hear(first(15))
    room.wait(3 + TICK_S)
    n_before = len(room.sink.states) - 1
    room.wait(100)
    room.hear(first(9))
    after = room.sink.states[n_before:]
    assert len(after) >= 4
    assert {state.severity for state in after} == {Severity.UNKNOWN}


@pytest.mark.parametrize("leave", [Room.stop, Room.finish])
def test_who_leaves_says_that_nothing_is_heard(room: Room, leave: Callable[[Room], None]) -> None:
    room.hear(first(15))
    leave(room)
    assert room.sink.online == [True, False]
    assert room.said == [WARMING_UP, NORMAL, NO_AUDIO]
    assert room.sink.events == []
