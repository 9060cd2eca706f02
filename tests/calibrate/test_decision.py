from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.calibration import OffLevels
from asd_monitor.calibrate.confirmation import DecisionSettings, confirmed_scores
from asd_monitor.calibrate.decision import Decision
from asd_monitor.calibrate.judge import LEVEL_SHIFT, MACHINE_OFF, PRECEDENCE, WARMING_UP, judge
from asd_monitor.calibrate.level_shift import LOUDEST_DB
from asd_monitor.calibrate.transition import Transition, TransitionKind
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.fusion import Voice
from asd_monitor.models.scores import ClipScore, Quality
from tests.support.clip_scores import RATE_HZ, a_calibration, clip, session

NAN = float("nan")
HIGH, LOW = 3.0, 0.0
OPENED, CLOSED = TransitionKind.OPENED, TransitionKind.CLOSED
CALIBRATION = a_calibration()


def _decision(**settings: float) -> Decision:
    calibration = a_calibration(decision=DecisionSettings(**settings))  # type: ignore[arg-type]
    return Decision(
        calibration.decision, clear_level=calibration.clear_level, sample_rate_hz=RATE_HZ
    )


def _push(decision: Decision, clips: Sequence[ClipScore]) -> list[Transition]:
    return [t for c in clips for t in decision.push(c, judge(c, CALIBRATION))]


def _opened_at(transitions: Sequence[Transition]) -> list[float]:
    return [t.sample / RATE_HZ for t in transitions if t.kind is OPENED]


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        (1.0, Severity.NORMAL),
        (1.5, Severity.WARNING),
        (2.0, Severity.WARNING),
        (2.1, Severity.CRITICAL),
        (float("inf"), Severity.CRITICAL),
    ],
)
def test_a_clip_is_judged_against_the_thresholds(score: float, severity: Severity) -> None:
    verdict = judge(clip(score), CALIBRATION)
    assert (verdict.severity, verdict.reason, verdict.threshold) == (severity, None, 2.0)


def test_every_fault_has_its_place_in_the_precedence() -> None:
    assert sorted(PRECEDENCE) == sorted(Quality)


@given(st.sets(st.sampled_from(Quality), min_size=1), st.floats())
def test_a_clip_with_faults_is_unknown_for_the_first_of_them(
    faults: set[Quality], score: float
) -> None:
    verdict = judge(clip(score, quality=faults), CALIBRATION)
    first = min(faults, key=PRECEDENCE.index)
    assert (verdict.severity, verdict.reason) == (Severity.UNKNOWN, first.value)


@pytest.mark.parametrize(
    "unjudged", [clip(NAN), clip(HIGH, n_windows=0), clip(HIGH, duration_s=4.9)]
)
def test_a_clip_that_says_too_little_is_unknown(unjudged: ClipScore) -> None:
    verdict = judge(unjudged, CALIBRATION)
    assert (verdict.severity, verdict.reason) == (Severity.UNKNOWN, WARMING_UP)


def test_a_clip_without_a_score_has_neither_score_nor_p_value() -> None:
    verdict = judge(clip(NAN), CALIBRATION)
    assert (verdict.score, verdict.p_value) == (None, None)


def test_an_event_opens_with_the_third_critical_clip_of_five() -> None:
    transitions = _push(_decision(), session([LOW, HIGH, LOW, HIGH, 5.0]))
    assert [t.kind for t in transitions] == [OPENED]
    assert transitions[0].sample == transitions[0].opened_sample == 14 * RATE_HZ
    assert transitions[0].peak_score == 5.0
    assert transitions[0].peak_sample == 14 * RATE_HZ


def test_an_event_closes_after_five_clips_below_the_clear_level() -> None:
    # The threshold is 2 and normal is 0, so that the clear level is 1.8.
    scores = [HIGH, HIGH, 7.0, HIGH, 1.7, 1.7, 1.9, 1.7, 1.7, 1.7, 1.7, 1.7]
    opened, closed = _push(_decision(), session(scores))
    assert (opened.kind, closed.kind) == (OPENED, CLOSED)
    assert closed.sample == (11 + 10) * RATE_HZ
    assert closed.opened_sample == opened.sample
    assert (closed.peak_score, closed.peak_sample) == (7.0, 12 * RATE_HZ)


def test_no_event_opens_in_the_cooldown() -> None:
    scores = [HIGH] * 3 + [LOW] * 5 + [HIGH] * 100
    decision = _decision(cooldown_s=60.0)
    # Closed at 17 s, by the end of the eighth clip; the next may open 60 s later.
    assert _opened_at(_push(decision, session(scores))) == [12.0, 77.0]


def test_an_unknown_clip_starts_the_confirmation_again() -> None:
    assert _push(_decision(), session([HIGH, HIGH, NAN, HIGH, HIGH])) == []


def test_unknown_clips_do_not_end_an_event() -> None:
    decision = _decision()
    transitions = _push(decision, session([HIGH] * 3 + [NAN] * 20 + [LOW] * 4))
    assert [t.kind for t in transitions] == [OPENED]
    assert decision.severity is Severity.CRITICAL


def test_an_unknown_clip_starts_the_way_to_the_end_of_an_event_again() -> None:
    decision = _decision()
    _push(decision, session([HIGH] * 3 + [LOW] * 4 + [NAN] + [LOW] * 4))
    assert decision.severity is Severity.CRITICAL
    (closed,) = _push(decision, session([LOW], start_s=12))
    assert closed.kind is CLOSED


def test_a_clip_at_the_clear_level_does_not_clear() -> None:
    decision = _decision()
    transitions = _push(decision, session([HIGH] * 3 + [CALIBRATION.clear_level] * 20))
    assert [t.kind for t in transitions] == [OPENED]


def test_a_gap_starts_the_confirmation_again() -> None:
    decision = _decision()
    _push(decision, session([LOW] * 4 + [HIGH] * 2))
    assert decision.end_session(stream_ends=False) == ()
    assert _push(decision, session([HIGH] * 2, start_s=100)) == []


def test_a_gap_leaves_an_event_open_and_the_end_of_the_stream_closes_it() -> None:
    decision = _decision()
    _push(decision, session([HIGH] * 6))
    assert decision.end_session(stream_ends=False) == ()
    severities = [decision.severity]
    (closed,) = decision.end_session(stream_ends=True)
    severities.append(decision.severity)
    assert (closed.kind, closed.sample) == (CLOSED, 15 * RATE_HZ)
    assert severities == [Severity.CRITICAL, Severity.UNKNOWN]


@pytest.mark.parametrize("scores", [[HIGH], [HIGH, HIGH], [LOW, HIGH, HIGH, HIGH]])
def test_a_short_session_is_judged_on_what_it_has(scores: list[float]) -> None:
    decision = _decision()
    transitions = [*_push(decision, session(scores)), *decision.end_session(stream_ends=True)]
    assert [t.kind for t in transitions] == [OPENED, CLOSED]


@pytest.mark.parametrize("scores", [[], [LOW], [LOW, HIGH], [NAN], [LOW] * 5 + [NAN, HIGH]])
def test_a_session_that_does_not_agree_opens_nothing(scores: list[float]) -> None:
    decision = _decision()
    assert _push(decision, session(scores)) == []
    assert decision.end_session(stream_ends=True) == ()


def test_a_new_stream_owes_nothing_to_the_cooldown_of_the_last() -> None:
    decision = _decision(cooldown_s=1e6)
    for _ in range(2):
        _push(decision, session([HIGH]))
        transitions = decision.end_session(stream_ends=True)
        assert [t.kind for t in transitions] == [OPENED, CLOSED]


@pytest.mark.parametrize(
    ("scores", "severity"),
    [
        ([], Severity.UNKNOWN),
        ([LOW], Severity.NORMAL),
        ([LOW, NAN], Severity.UNKNOWN),
        ([1.5, 1.5], Severity.NORMAL),
        ([1.5, LOW, 1.5, HIGH], Severity.WARNING),
        ([HIGH, HIGH, HIGH, NAN], Severity.CRITICAL),
        ([HIGH] * 3 + [LOW] * 5, Severity.NORMAL),
    ],
)
def test_the_severity_of_the_machine(scores: list[float], severity: Severity) -> None:
    decision = _decision()
    _push(decision, session(scores))
    assert decision.severity is severity


def test_after_a_gap_nothing_is_known() -> None:
    decision = _decision()
    _push(decision, session([LOW] * 10))
    decision.end_session(stream_ends=False)
    assert decision.severity is Severity.UNKNOWN


@given(
    st.lists(st.floats(-1, 4), max_size=30),
    st.integers(1, 4),
    st.integers(0, 4),
)
def test_the_first_event_opens_where_the_confirmed_score_first_exceeds(
    scores: list[float], m: int, more: int
) -> None:
    decision = _decision(confirm_m=m, confirm_n=m + more)
    clips = session(scores)
    transitions = [*_push(decision, clips), *decision.end_session(stream_ends=True)]
    exceeds = confirmed_scores(np.array(scores), m, m + more) > 2.0
    first = [10.0 + float(np.argmax(exceeds))] if exceeds.any() else []
    assert _opened_at(transitions)[:1] == first


@given(st.lists(st.one_of(st.floats(-1, 4), st.just(NAN), st.none()), max_size=60))
def test_events_alternate_and_never_overlap(scores: list[float | None]) -> None:
    decision = _decision(cooldown_s=0.0)
    transitions: list[Transition] = []
    for i, score in enumerate(scores):
        if score is None:
            transitions += decision.end_session(stream_ends=False)
        else:
            transitions += _push(decision, [clip(score, start_s=i)])
    transitions += decision.end_session(stream_ends=True)
    kinds = [t.kind for t in transitions]
    assert kinds == [OPENED, CLOSED] * (len(kinds) // 2)
    assert [t.sample for t in transitions] == sorted(t.sample for t in transitions)
    assert all(t.peak_score > 2.0 for t in transitions)


@pytest.mark.parametrize(
    ("pooling", "duration_s", "severity"),
    [
        ("mean", 5.0, Severity.NORMAL),
        ("mean", 4.9, Severity.UNKNOWN),
        ("clip", 8.0, Severity.NORMAL),
        ("clip", 7.9, Severity.UNKNOWN),
    ],
)
def test_a_clip_much_shorter_than_those_of_the_calibration_is_unknown(
    pooling: str, duration_s: float, severity: Severity
) -> None:
    """The score of whole clips moves with their length, that of windows varies more."""
    voice = Voice(member=0, kind="any", pooling=pooling)
    verdict = judge(clip(0.0, duration_s=duration_s), replace(a_calibration(), members=(voice,)))
    assert verdict.severity is severity


def test_while_the_level_is_shifted_nothing_is_said_of_the_machine() -> None:
    verdict = judge(replace(clip(HIGH), level_shift_db=-8.0), CALIBRATION)
    assert (verdict.severity, verdict.reason) == (Severity.UNKNOWN, LEVEL_SHIFT)
    assert verdict.level_shift_db == -8.0


def test_a_machine_that_is_much_louder_in_all_bands_is_critical_whatever_its_score() -> None:
    verdict = judge(replace(clip(LOW), level_shift_db=LOUDEST_DB + 0.1), CALIBRATION)
    assert (verdict.severity, verdict.reason) == (Severity.CRITICAL, None)


def test_the_largest_shift_of_a_level_is_one_still() -> None:
    verdict = judge(replace(clip(LOW), level_shift_db=LOUDEST_DB), CALIBRATION)
    assert (verdict.severity, verdict.reason) == (Severity.UNKNOWN, LEVEL_SHIFT)


@pytest.mark.parametrize(
    ("level_dbfs", "quietest_dbfs", "reason"),
    [
        (-50.1, -51.0, MACHINE_OFF),
        (-49.9, -51.0, None),
        (-35.0, -60.1, MACHINE_OFF),
        (-35.0, None, None),
        (NAN, None, None),
    ],
)
def test_a_machine_that_is_far_too_quiet_or_stops_in_a_clip_is_off(
    level_dbfs: float, quietest_dbfs: float | None, reason: str | None
) -> None:
    calibration = replace(CALIBRATION, off=OffLevels(clip=-50.0, second=-60.0))
    heard = replace(clip(HIGH), level_dbfs=level_dbfs, quietest_dbfs=quietest_dbfs)
    verdict = judge(heard, calibration)
    assert verdict.reason == reason
    assert verdict.severity is (Severity.UNKNOWN if reason else Severity.CRITICAL)


def test_a_fault_of_the_input_is_named_before_what_the_level_says() -> None:
    silent = clip(NAN, quality=[Quality.SILENCE], n_windows=0)
    calibration = replace(CALIBRATION, off=OffLevels(clip=0.0, second=0.0))
    assert judge(replace(silent, level_shift_db=6.0), calibration).reason == "silence"


def _push_shifted(decision: Decision, clips: Sequence[ClipScore]) -> list[Transition]:
    return _push(decision, [replace(c, level_shift_db=6.0) for c in clips])


def test_an_event_that_a_shift_of_the_level_opened_closes_when_it_is_recognised() -> None:
    decision = _decision()
    opened = _push(decision, session([HIGH] * 30))
    closed = _push_shifted(decision, session([HIGH] * 30, start_s=30))
    assert [t.kind for t in (*opened, *closed)] == [OPENED, CLOSED]
    assert decision.severity is Severity.UNKNOWN


@pytest.mark.parametrize(("age_s", "kinds"), [(70, [CLOSED]), (71, [])])
def test_an_event_that_opened_with_a_shift_is_as_old_as_its_minute_and_a_clip(
    age_s: int, kinds: list[TransitionKind]
) -> None:
    decision = _decision()
    (opened,) = _push(decision, session([HIGH] * 3))
    recognised = session([HIGH], start_s=opened.sample / RATE_HZ + age_s - 10)
    assert [t.kind for t in _push_shifted(decision, recognised)] == kinds


def test_an_event_that_was_open_long_before_stays_open_in_a_shift() -> None:
    decision = _decision()
    _push(decision, session([HIGH] * 100))
    assert _push_shifted(decision, session([HIGH] * 30, start_s=100)) == []
    assert decision.severity is Severity.CRITICAL


def test_an_event_of_before_a_restart_stays_open_in_a_shift() -> None:
    decision = _decision()
    decision.resume(peak_score=HIGH)
    assert _push_shifted(decision, session([HIGH] * 30)) == []


def test_an_event_of_a_machine_much_too_loud_lasts_as_long_as_that() -> None:
    decision = _decision()
    transitions = _push(decision, [replace(c, level_shift_db=15.0) for c in session([LOW] * 60)])
    assert [t.kind for t in transitions] == [OPENED]
