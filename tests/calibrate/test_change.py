import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.change import FORGET_S, ChangeSettings, ChangeState, follow
from asd_monitor.calibrate.confirmation import DecisionSettings
from asd_monitor.calibrate.decision import Decision
from asd_monitor.calibrate.judge import judge
from asd_monitor.calibrate.transition import Detector, Transition, TransitionKind
from tests.support.clip_scores import RATE_HZ, a_calibration, session

# Normal scores are 0 +- 1; the threshold of the calibration below is at 2.
SETTINGS = ChangeSettings(mean=0.0, std=1.0, reference=0.5, limit=4.0, alarm_level=5.0, share=0.5)
CALIBRATION = a_calibration()
NAN = float("nan")


def _after(scores: list[float], state: ChangeState | None = None) -> ChangeState:
    state = state or ChangeState()
    for score in scores:
        state = _next(state, score, start=state.next_sample)
    return state


def _next(state: ChangeState, score: float, *, start: int) -> ChangeState:
    return follow(
        state,
        SETTINGS,
        score=score,
        first_sample=start,
        end_sample=start + 10 * RATE_HZ,
        sample_rate_hz=RATE_HZ,
    )


@given(st.lists(st.floats(-10, 10), max_size=50))
def test_the_sum_stays_between_zero_and_the_alarm_level(scores: list[float]) -> None:
    assert 0 <= _after(scores).total <= SETTINGS.alarm_level


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=30), st.floats(-100, 100), st.floats(1, 9))
def test_only_standardised_scores_matter(scores: list[float], mean: float, std: float) -> None:
    moved = ChangeSettings(mean=mean, std=std, reference=0.5, limit=4.0, alarm_level=5.0, share=0.5)
    state = ChangeState()
    for i, score in enumerate(scores):
        begin = i * 10 * RATE_HZ
        state = follow(
            state,
            moved,
            score=mean + std * score,
            first_sample=begin,
            end_sample=begin + 10 * RATE_HZ,
            sample_rate_hz=RATE_HZ,
        )
    assert state.total == pytest.approx(_after(scores).total, abs=1e-9)


def test_a_clip_that_overlaps_with_the_last_counts_for_nothing() -> None:
    one = _next(ChangeState(), 2.0, start=0)
    assert _next(one, 2.0, start=9 * RATE_HZ) == one
    assert _next(one, 2.0, start=10 * RATE_HZ).total == 3.0


def test_a_sample_count_that_begins_again_is_followed() -> None:
    late = _next(ChangeState(), 2.0, start=1000 * RATE_HZ)
    assert _next(late, 2.0, start=0).next_sample == 10 * RATE_HZ


def test_one_loud_clip_is_no_shift() -> None:
    assert not _after([1e9]).is_shifted


def test_a_shift_ends_when_the_sum_is_back_at_zero_however_long_it_lasted() -> None:
    long = _after([3.0] * 1000)
    assert long.is_shifted
    assert _after([0.0] * 9, long).is_shifted
    assert not _after([0.0] * 10, long).is_shifted


def test_a_short_gap_forgets_nothing_and_a_long_one_what_was_no_shift() -> None:
    some = _after([2.0, 2.0])
    end = some.next_sample
    assert _next(some, 2.0, start=end + round(0.9 * FORGET_S) * RATE_HZ).total == 4.5
    assert _next(some, 2.0, start=end + round(1.1 * FORGET_S) * RATE_HZ).total == 1.5
    shifted = _after([3.0] * 3)
    assert _next(shifted, 0.0, start=end + 2 * round(FORGET_S) * RATE_HZ).is_shifted


def _decision() -> Decision:
    return Decision(
        DecisionSettings(cooldown_s=0.0),
        clear_level=CALIBRATION.clear_level,
        sample_rate_hz=RATE_HZ,
        change=SETTINGS,
    )


def _push(decision: Decision, scores: list[float], *, start_s: float = 0.0) -> list[Transition]:
    clips = session(scores, start_s=start_s)
    return [t for c in clips for t in decision.push(c, judge(c, CALIBRATION))]


def test_a_lasting_shift_below_the_threshold_opens_one_event_and_one_only() -> None:
    transitions = _push(_decision(), [0.0] * 100 + [1.5] * 1000 + [0.0] * 300)
    assert [t.kind for t in transitions] == [TransitionKind.OPENED, TransitionKind.CLOSED]
    assert {t.detector for t in transitions} == {Detector.CHANGE}
    opened, closed = transitions
    # It counts what it has above 0.5 every 10 s: 5 and more after the sixth clip.
    assert opened.estimated_sample == 100 * RATE_HZ
    assert opened.sample == 160 * RATE_HZ
    assert closed.estimated_sample == 1100 * RATE_HZ
    assert closed.sample == 1200 * RATE_HZ


def test_an_event_of_the_threshold_is_not_prolonged_by_the_change_detector() -> None:
    transitions = _push(_decision(), [3.0] * 60 + [0.0] * 5)
    assert [t.kind for t in transitions] == [TransitionKind.OPENED, TransitionKind.CLOSED]
    assert {t.detector for t in transitions} == {Detector.THRESHOLD}
    assert {t.estimated_sample for t in transitions} == {None}


def test_faulty_clips_neither_raise_nor_lower_the_sum() -> None:
    decision = _decision()
    assert _push(decision, [1.5] * 41) == []
    assert _push(decision, [NAN] * 600, start_s=41) == []
    assert [t.detector for t in _push(decision, [1.5] * 10, start_s=641)] == [Detector.CHANGE]


def test_a_gap_between_sessions_keeps_the_sum_and_the_end_of_the_stream_does_not() -> None:
    for stream_ends, alarms in ((False, 1), (True, 0)):
        decision = _decision()
        _push(decision, [1.5] * 41)
        assert decision.end_session(stream_ends=stream_ends) == ()
        assert len(_push(decision, [1.5] * 15, start_s=60)) == alarms


def test_a_resumed_shift_lasts_until_the_sound_says_otherwise() -> None:
    decision = _decision()
    decision.resume(peak_score=1.8, detector=Detector.CHANGE)
    assert _push(decision, [0.0] * 90) == []
    (closed,) = _push(decision, [0.0], start_s=90)
    assert (closed.kind, closed.detector) == (TransitionKind.CLOSED, Detector.CHANGE)


def test_without_a_change_detector_no_shift_opens_anything() -> None:
    decision = Decision(DecisionSettings(), clear_level=1.8, sample_rate_hz=RATE_HZ)
    assert _push(decision, [1.5] * 3000) == []
