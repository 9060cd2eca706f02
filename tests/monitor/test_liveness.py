from datetime import timedelta

import pytest

from asd_monitor.monitor.liveness import LOST_AFTER_S, OPENING_S, Listening, Liveness


def test_sound_is_lost_after_three_seconds_and_said_to_be_only_once() -> None:
    liveness = Liveness(now_s=90.0)
    liveness.heard(now_s=100.0, scored=True)
    assert LOST_AFTER_S == 3.0
    assert not liveness.is_lost(now_s=103.0)
    assert liveness.is_lost(now_s=103.1)
    assert liveness.silent_for(now_s=103.5) == timedelta(seconds=3.5)
    liveness.begin_lost()
    assert liveness.lost
    assert not liveness.is_lost(now_s=200.0)


@pytest.mark.parametrize("was_lost", [False, True])
def test_sound_counts_only_once_a_window_of_it_is_scored(*, was_lost: bool) -> None:
    liveness = Liveness(now_s=0.0)
    if was_lost:
        liveness.begin_lost()
    assert not liveness.heard(now_s=1.0, scored=False)
    assert (liveness.online, liveness.lost) == (False, was_lost)
    assert liveness.heard(now_s=2.0, scored=True)
    assert (liveness.online, liveness.lost) == (True, False)
    assert not liveness.heard(now_s=3.0, scored=True)


def test_a_microphone_may_take_its_time_to_open_but_not_for_ever() -> None:
    liveness = Liveness(now_s=100.0)
    assert not liveness.is_lost(now_s=100.0 + OPENING_S + LOST_AFTER_S)
    assert liveness.is_lost(now_s=100.1 + OPENING_S + LOST_AFTER_S)
    assert liveness.silent_for(now_s=109.0) == timedelta(seconds=9)


def test_sound_that_is_not_scored_yet_is_not_lost() -> None:
    liveness = Liveness(now_s=0.0)
    liveness.heard(now_s=2.5, scored=False)
    assert not liveness.is_lost(now_s=5.0)


def test_sound_can_be_lost_again_and_again() -> None:
    liveness = Liveness(now_s=0.0)
    for begin_s in (10.0, 20.0, 30.0):
        assert liveness.heard(now_s=begin_s, scored=True)
        assert liveness.is_lost(now_s=begin_s + 4)
        liveness.begin_lost()
        assert not liveness.online


def test_sound_that_is_never_scored_is_lost_though_it_arrives() -> None:
    liveness = Liveness(now_s=0.0)
    liveness.heard(now_s=10.0, scored=True)
    for now_s in (11.0, 12.0, 13.0, 14.0):
        liveness.heard(now_s=now_s, scored=False)
    assert liveness.is_lost(now_s=14.0)


def test_a_microphone_that_is_known_to_be_missing_is_not_waited_for() -> None:
    liveness = Liveness(now_s=0.0)
    liveness.expect_no_opening()
    assert not liveness.is_lost(now_s=LOST_AFTER_S)
    assert liveness.is_lost(now_s=LOST_AFTER_S + 0.1)


def test_it_is_settled_once_sound_is_scored_or_known_to_be_lost() -> None:
    scored, lost = Liveness(now_s=0.0), Liveness(now_s=0.0)
    settled = [scored.is_settled]
    scored.heard(now_s=0.5, scored=False)
    settled.append(scored.is_settled)
    scored.heard(now_s=1.0, scored=True)
    settled.append(scored.is_settled)
    assert settled == [False, False, True]
    lost.begin_lost()
    assert lost.is_settled


def test_the_listening_stalls_is_lost_recovers_and_is_healthy_again() -> None:
    liveness = Liveness(now_s=0.0)
    told = [liveness.listening(now_s=1.0)]
    liveness.heard(now_s=2.0, scored=True)
    told += [liveness.listening(now_s=4.0), liveness.listening(now_s=4.5)]
    liveness.begin_lost()
    told.append(liveness.listening(now_s=6.0))
    liveness.heard(now_s=7.0, scored=False)
    told.append(liveness.listening(now_s=7.0))
    liveness.heard(now_s=8.0, scored=True)
    told.append(liveness.listening(now_s=8.0))
    assert told == ["starting", "healthy", "stalled", "lost", "recovering", "healthy"]


def test_a_second_loss_is_a_loss_again() -> None:
    liveness = Liveness(now_s=0.0)
    liveness.begin_lost()
    liveness.heard(now_s=1.0, scored=True)
    liveness.begin_lost()
    assert liveness.listening(now_s=9.0) is Listening.LOST
