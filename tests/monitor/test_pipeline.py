from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asd_monitor.calibrate.transition import TransitionKind
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.errors import CalibrationError
from asd_monitor.monitor.outcome import DatedTransition, OpenAlarm, Outcome
from asd_monitor.monitor.pipeline import Pipeline
from tests.support.machines import (
    FAULT_FROM_S,
    FAULT_UNTIL_S,
    LENGTH_S,
    RATE_HZ,
    a_pipeline,
    calibration_with_levels,
    faulty,
    healthy,
    knowing_bundle,
    knowing_calibration,
)
from tests.support.sounds import BEGAN_AT, Sound, blocks, noise

SECONDS = [second * RATE_HZ for second in range(1, LENGTH_S)]
OPENED, CLOSED = TransitionKind.OPENED, TransitionKind.CLOSED


def at(seconds: float) -> datetime:
    return BEGAN_AT + timedelta(seconds=seconds)


def heard(pipeline: Pipeline, sound: Sound, *, begin_s: int = 0) -> Outcome:
    """Push a sound as one session of blocks of a second, from a position of the source on."""
    first = begin_s * RATE_HZ
    parts = [pipeline.push(block) for block in blocks(sound, cuts=SECONDS, first_sample=first)]
    return joined(*parts)


def joined(*parts: Outcome) -> Outcome:
    return Outcome(
        tuple(clip for part in parts for clip in part.clips),
        tuple(transition for part in parts for transition in part.transitions),
        tuple(windows for part in parts for windows in part.windows),
    )


def kinds(transitions: tuple[DatedTransition, ...]) -> list[TransitionKind]:
    return [dated.transition.kind for dated in transitions]


def story(outcome: Outcome) -> list[object]:
    """All that is said, in a form that can be compared."""
    return [
        *((judged.clip, judged.verdict, judged.ended_at) for judged in outcome.clips),
        *outcome.transitions,
        *np.concatenate([windows.score[0] for windows in outcome.windows]).tolist(),
    ]


@pytest.fixture(scope="module")
def told() -> Outcome:
    """What the fault leads to."""
    pipeline = a_pipeline()
    return joined(heard(pipeline, faulty()), pipeline.finish())


def test_a_sudden_strong_fault_is_dated_and_detected_in_time(told: Outcome) -> None:
    opened, closed = told.transitions
    assert kinds(told.transitions) == [OPENED, CLOSED]
    assert abs(opened.started_at - at(FAULT_FROM_S)) < timedelta(seconds=3)
    assert at(FAULT_FROM_S) < opened.detected_at <= at(FAULT_FROM_S + 15)
    assert closed.ended_at is not None
    assert abs(closed.ended_at - at(FAULT_UNTIL_S)) < timedelta(seconds=3)
    assert closed.started_at == opened.started_at
    assert closed.detected_at == opened.detected_at


def test_the_peak_is_the_highest_clip(told: Outcome) -> None:
    closed = told.transitions[-1]
    highest = max(told.clips, key=lambda judged: judged.clip.score)
    assert closed.transition.peak_score == highest.clip.score
    assert closed.peak_at == highest.ended_at


def test_normal_sound_leads_to_nothing() -> None:
    pipeline = a_pipeline()
    outcome = joined(heard(pipeline, healthy()), pipeline.finish())
    assert outcome.transitions == ()
    assert len(outcome.clips) == LENGTH_S - 9
    assert {judged.verdict.severity for judged in outcome.clips} == {Severity.NORMAL}


def test_a_clip_is_dated_by_its_end(told: Outcome) -> None:
    ends_s = [10 + index for index in range(len(told.clips))]
    assert [judged.ended_at for judged in told.clips] == [at(end_s) for end_s in ends_s]


@settings(max_examples=10)
@given(cuts=st.lists(st.integers(0, LENGTH_S * RATE_HZ // 2), max_size=40))
def test_how_the_sound_is_cut_into_blocks_changes_nothing(told: Outcome, cuts: list[int]) -> None:
    # Two samples are a whole number of microseconds, so that dates are exact too.
    cut = [2 * position for position in cuts]
    pipeline = a_pipeline()
    pushed = [pipeline.push(block) for block in blocks(faulty(), cuts=cut) if len(block.samples)]
    assert story(joined(*pushed, pipeline.finish())) == story(told)


def test_no_window_and_no_clip_spans_a_gap() -> None:
    pipeline = a_pipeline()
    before = heard(pipeline, healthy()[: 15 * RATE_HZ])
    after = heard(pipeline, healthy()[: 15 * RATE_HZ], begin_s=20)
    outcome = joined(before, after, pipeline.finish())
    spans = [
        (part.first_sample, part.first_sample + part.hop_samples * (part.score.shape[1] - 1)
         + part.window_samples)
        for part in outcome.windows
    ]  # fmt: skip
    spans += [
        (judged.clip.first_sample, judged.clip.first_sample + 10 * RATE_HZ)
        for judged in outcome.clips
    ]
    assert all(end <= 15 * RATE_HZ or begin >= 20 * RATE_HZ for begin, end in spans)
    assert len(outcome.clips) == 2 * 6
    assert [j.ended_at for j in outcome.clips[6:]] == [at(30 + second) for second in range(6)]


def test_confirmation_starts_anew_after_a_gap() -> None:
    """Two critical clips on each side of a gap are not three of five."""
    pipeline = a_pipeline()
    before = heard(pipeline, faulty()[: 23 * RATE_HZ])
    fault = faulty()[FAULT_FROM_S * RATE_HZ :]
    after = heard(pipeline, fault[: 11 * RATE_HZ], begin_s=30)
    severities = [judged.verdict.severity for judged in joined(before, after).clips]
    assert severities[-4:] == [Severity.CRITICAL] * 4
    assert joined(before, after).transitions == ()


def test_a_gap_within_an_event_leaves_it_open_and_it_closes_once() -> None:
    pipeline = a_pipeline()
    gap_s = 28
    before = heard(pipeline, faulty()[: gap_s * RATE_HZ])
    after = heard(pipeline, faulty()[gap_s * RATE_HZ :], begin_s=gap_s + 7)
    end = pipeline.finish()
    assert kinds(before.transitions) == [OPENED]
    assert kinds(after.transitions) == [CLOSED]
    assert end.transitions == ()
    assert after.transitions[0].started_at == before.transitions[0].started_at
    assert after.transitions[0].detected_at == before.transitions[0].detected_at


def test_an_interruption_is_a_gap_before_the_next_sound() -> None:
    pipeline = a_pipeline()
    heard(pipeline, faulty()[: 28 * RATE_HZ])
    assert pipeline.interrupt().transitions == ()
    assert pipeline.severity is Severity.CRITICAL
    assert pipeline.interrupt() == Outcome()


def test_an_event_that_is_open_at_the_end_closes_there() -> None:
    pipeline = a_pipeline()
    heard(pipeline, faulty()[: 30 * RATE_HZ])
    (closed,) = pipeline.finish().transitions
    assert closed.transition.kind is CLOSED
    assert closed.ended_at is not None
    assert abs(closed.ended_at - at(30)) < timedelta(seconds=1)


def test_after_the_end_comes_another_stream_that_knows_nothing_of_the_first(told: Outcome) -> None:
    pipeline = a_pipeline()
    heard(pipeline, faulty()[: 30 * RATE_HZ])
    pipeline.finish()
    assert pipeline.severity is Severity.UNKNOWN
    second = joined(heard(pipeline, faulty()), pipeline.finish())
    assert story(second) == story(told)


def test_a_resumed_event_closes_with_its_first_onset_and_its_highest_peak() -> None:
    began, peaked = at(-900), at(-500)
    pipeline = a_pipeline()
    pipeline.resume(
        OpenAlarm(started_at=began, detected_at=at(-890), peak_at=peaked, peak_score=99.0)
    )
    assert pipeline.severity is Severity.CRITICAL
    outcome = heard(pipeline, healthy())
    (closed,) = outcome.transitions
    assert closed.transition.kind is CLOSED
    assert (closed.started_at, closed.detected_at) == (began, at(-890))
    assert (closed.peak_at, closed.transition.peak_score) == (peaked, 99.0)


def test_a_resumed_event_takes_a_higher_peak() -> None:
    pipeline = a_pipeline()
    pipeline.resume(
        OpenAlarm(started_at=at(-9), detected_at=at(-1), peak_at=at(-1), peak_score=1.9)
    )
    outcome = heard(pipeline, faulty()[FAULT_FROM_S * RATE_HZ :])
    highest = max(outcome.clips, key=lambda judged: judged.clip.score)
    (closed,) = outcome.transitions
    assert closed.peak_at == highest.ended_at
    assert closed.transition.peak_score == highest.clip.score > 1.9


def test_dates_follow_the_newest_anchor() -> None:
    """A sound card's clock that is 5 s slow after a while dates what comes then."""
    pipeline = a_pipeline()
    late = timedelta(seconds=5)
    sound = list(blocks(faulty(), cuts=SECONDS))
    drifted = [replace(block, captured_at=block.captured_at + late) for block in sound[15:]]
    outcome = joined(*[pipeline.push(block) for block in [*sound[:15], *drifted]])
    assert abs(outcome.transitions[0].started_at - at(FAULT_FROM_S) - late) < timedelta(seconds=3)
    steps = [b.ended_at - a.ended_at for a, b in pairwise(outcome.clips)]
    assert sorted(set(steps)) == [timedelta(seconds=1), timedelta(seconds=6)]


def test_sound_that_cannot_be_judged_is_never_normal() -> None:
    pipeline = a_pipeline()
    assert pipeline.severity is Severity.UNKNOWN
    silence = np.zeros(15 * RATE_HZ, dtype=np.float32)
    outcome = heard(pipeline, silence)
    assert {judged.verdict.severity for judged in outcome.clips} == {Severity.UNKNOWN}
    assert pipeline.severity is Severity.UNKNOWN


def test_without_any_sound_nothing_ends() -> None:
    pipeline = a_pipeline()
    assert pipeline.interrupt() == pipeline.finish() == Outcome()


def test_a_calibration_of_another_bundle_is_refused() -> None:
    with pytest.raises(CalibrationError, match="was made for the bundle"):
        Pipeline(knowing_bundle(), knowing_calibration(bundle="cd" * 32))


def test_dates_are_the_same_at_another_sample_rate() -> None:
    pipeline = a_pipeline()
    rate_hz = 44_100
    sound = noise(20 * rate_hz)
    cuts = range(10_000, len(sound), 10_000)
    pushed = [pipeline.push(block) for block in blocks(sound, sample_rate_hz=rate_hz, cuts=cuts)]
    ended_at = [judged.ended_at for judged in joined(*pushed, pipeline.finish()).clips]
    assert len(ended_at) == 11
    for index, moment in enumerate(ended_at):
        assert abs(moment - at(10 + index)) < timedelta(milliseconds=1)


def test_a_gain_that_was_turned_is_no_fault_but_not_normal_either() -> None:
    """A detector without any tolerance of gain: it alarms until the shift is recognised."""
    pipeline = Pipeline(knowing_bundle(), calibration_with_levels())
    sound = healthy(180).copy()
    sound[60 * RATE_HZ :] *= 2
    outcome = heard(pipeline, sound)
    last = outcome.clips[-1].verdict
    assert (last.severity, last.reason) == (Severity.UNKNOWN, "level_shift")
    assert last.level_shift_db == pytest.approx(6.0, abs=0.5)
    assert kinds(outcome.transitions) in ([], [OPENED, CLOSED])
    assert pipeline.severity is Severity.UNKNOWN


def test_a_machine_that_is_switched_off_is_no_fault_and_not_normal() -> None:
    pipeline = Pipeline(knowing_bundle(), calibration_with_levels())
    sound = healthy(60).copy()
    sound[30 * RATE_HZ :] = noise(30 * RATE_HZ, rms=10 ** (-70 / 20))
    outcome = heard(pipeline, sound)
    assert outcome.clips[-1].verdict.reason == "machine_off"
    assert outcome.transitions == ()


@settings(max_examples=10, deadline=None)
@given(gaps_s=st.lists(st.integers(FAULT_UNTIL_S, LENGTH_S - 4), min_size=1, max_size=4))
def test_gaps_after_a_fault_delay_the_end_of_its_event_and_do_not_move_it(
    gaps_s: list[int],
) -> None:
    pipeline = a_pipeline()
    quiet = np.concatenate([faulty(), healthy()])
    transitions: list[DatedTransition] = []
    for block in blocks(quiet, cuts=range(RATE_HZ, len(quiet), RATE_HZ)):
        has_gap = block.gap_before or block.first_sample // RATE_HZ in gaps_s
        transitions += pipeline.push(replace(block, gap_before=has_gap)).transitions
    _, closed = transitions
    assert closed.ended_at is not None
    assert closed.duration_s is not None
    assert abs(closed.ended_at - at(FAULT_UNTIL_S)) < timedelta(seconds=3)
    assert abs(closed.duration_s - (FAULT_UNTIL_S - FAULT_FROM_S)) < 3


@settings(max_examples=10, deadline=None)
@given(faulty_s=st.integers(FAULT_UNTIL_S + 1, FAULT_UNTIL_S + 9))
def test_a_fault_of_the_input_after_that_of_the_machine_does_not_move_its_end(
    faulty_s: int,
) -> None:
    pipeline = a_pipeline()
    sound = np.concatenate([faulty(), healthy()])
    sound[faulty_s * RATE_HZ] = np.nan
    cuts = range(RATE_HZ, len(sound), RATE_HZ)
    transitions = [
        each for block in blocks(sound, cuts=cuts) for each in pipeline.push(block).transitions
    ]
    _, closed = transitions
    assert closed.ended_at is not None
    assert abs(closed.ended_at - at(FAULT_UNTIL_S)) < timedelta(seconds=3)
