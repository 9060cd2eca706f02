from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from asd_monitor.calibrate.change import FORGET_S, ChangeSettings, ChangeState
from asd_monitor.calibrate.transition import Detector
from asd_monitor.monitor.clock import SampleClock
from asd_monitor.monitor.dated_change import DatedChange
from asd_monitor.monitor.outcome import OpenAlarm
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.store.change_memory import ChangeKeeper
from asd_monitor.monitor.store.store import Store
from tests.support.machines import (
    RATE_HZ,
    an_identity,
    healthy,
    knowing_bundle,
    knowing_calibration,
)
from tests.support.sounds import BEGAN_AT, blocks
from tests.support.stores import unwritable

# Clips of `healthy` score 1.58 to 1.64: each that counts adds one to three.
CHANGE = ChangeSettings(mean=1.55, std=0.02, reference=0.5, limit=4, alarm_level=30, share=0.5)
AWAY_S = 600


def a_pipeline(*, alarm_level: float = CHANGE.alarm_level) -> Pipeline:
    change = replace(CHANGE, alarm_level=alarm_level)
    return Pipeline(knowing_bundle(), replace(knowing_calibration(), change=change))


def hear(pipeline: Pipeline, *, begin_s: int = 0, began_at: datetime = BEGAN_AT) -> Pipeline:
    """Let it hear a stretch that begins at a position of its source, and at a date."""
    late = began_at - BEGAN_AT - timedelta(seconds=begin_s)
    for block in blocks(healthy(), first_sample=begin_s * RATE_HZ):
        pipeline.push(replace(block, captured_at=block.captured_at + late))
    pipeline.interrupt()
    return pipeline


def dated(change: DatedChange | None) -> tuple[float, bool, int, int]:
    """What can be compared, dates to the tenth of a second."""
    assert change is not None
    began, counted = (
        round((at - BEGAN_AT) / timedelta(seconds=0.1))
        for at in (change.began_at, change.counted_at)
    )
    return change.total, change.is_shifted, began, counted


def test_a_restart_sums_up_what_a_gap_of_its_length_does() -> None:
    after_gap = hear(
        hear(a_pipeline()), begin_s=AWAY_S, began_at=BEGAN_AT + timedelta(seconds=AWAY_S)
    )
    before = hear(a_pipeline()).change
    assert before is not None
    assert before.total > 0
    restarted = a_pipeline()
    restarted.resume_change(before)
    hear(restarted, began_at=BEGAN_AT + timedelta(seconds=AWAY_S))
    assert dated(restarted.change) == dated(after_gap.change)


def test_an_event_that_a_restart_delays_began_before_it() -> None:
    before = hear(a_pipeline()).change
    assert before is not None
    pipeline = a_pipeline(alarm_level=before.total + 1)
    pipeline.resume_change(before)
    hear(pipeline, began_at=BEGAN_AT + timedelta(seconds=AWAY_S))
    assert pipeline.open_alarm is not None
    assert pipeline.open_alarm.detector is Detector.CHANGE
    assert abs(pipeline.open_alarm.started_at - BEGAN_AT) < timedelta(seconds=1)


@settings(max_examples=20)
@given(late_s=st.one_of(st.floats(-1e9, -1), st.floats(FORGET_S + 1, 1e9)))
def test_what_is_out_of_date_or_yet_to_come_is_not_taken_up(late_s: float) -> None:
    change = DatedChange.of(
        ChangeState(total=4.0, next_sample=60 * RATE_HZ), SampleClock(0, BEGAN_AT, RATE_HZ)
    )
    now = change.counted_at + timedelta(seconds=late_s)
    assert change.placed(SampleClock(0, now, RATE_HZ)) is None


@settings(max_examples=50)
@given(
    began=st.integers(0, 10**8),
    counted=st.integers(10**8, 10**9),
    late_s=st.floats(0, FORGET_S),
    sample=st.integers(0, 10**9),
)
def test_moments_keep_their_distance_on_another_time_line(
    began: int, counted: int, late_s: float, sample: int
) -> None:
    state = ChangeState(total=2.0, began_sample=began, highest_sample=0, next_sample=counted)
    change = DatedChange.of(state, SampleClock(0, BEGAN_AT, RATE_HZ))
    clock = SampleClock(sample, change.counted_at + timedelta(seconds=late_s), RATE_HZ)
    placed = change.placed(clock)
    assert placed is not None
    assert placed.next_sample <= sample
    assert abs((placed.next_sample - placed.began_sample) - (counted - began)) <= 2
    assert (placed.total, placed.is_shifted) == (2.0, False)


def test_a_shift_with_an_open_event_is_one_whatever_was_written_before_it() -> None:
    pipeline = a_pipeline()
    alarm = OpenAlarm(
        started_at=BEGAN_AT,
        detected_at=BEGAN_AT,
        peak_at=BEGAN_AT,
        peak_score=1.6,
        detector=Detector.CHANGE,
    )
    pipeline.resume(alarm)
    written = DatedChange.of(
        ChangeState(total=1.0, next_sample=RATE_HZ), SampleClock(0, BEGAN_AT, RATE_HZ)
    )
    pipeline.resume_change(written)
    hear(pipeline, began_at=BEGAN_AT + timedelta(seconds=AWAY_S))
    assert pipeline.open_alarm is not None


def test_the_sum_is_of_one_model_and_one_calibration(store: Store) -> None:
    identity, change = an_identity(), hear(a_pipeline()).change
    ChangeKeeper(store.changes).keep(identity, change)
    assert store.changes.read(identity) == change
    assert store.changes.read(replace(identity, calibration="2026-03-01T00:00:00.000Z")) is None
    assert store.changes.read(replace(identity, model="cd" * 32)) is None
    assert store.changes.read(replace(identity, machine="fan")) is None
    store.forget_machine(identity.machine)
    assert store.changes.read(identity) is None


def test_a_store_that_cannot_be_written_takes_it_later(store: Store) -> None:
    identity, keeper, change = an_identity(), ChangeKeeper(store.changes), hear(a_pipeline()).change
    with unwritable(store):
        keeper.keep(identity, change)
    assert store.changes.read(identity) is None
    keeper.keep(identity, change)
    assert store.changes.read(identity) == change
