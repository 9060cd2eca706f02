from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.monitor.listening_time import listening_spans
from asd_monitor.monitor.store.score_history import ScoredClip
from tests.support.alarms import NOON
from tests.support.snapshots import clips_of


def at(clip: ScoredClip, age: timedelta) -> ScoredClip:
    return replace(clip, at=NOON - age)


def test_clips_that_follow_each_other_are_one_span_from_the_first_ones_beginning() -> None:
    (span,) = listening_spans(clips_of("pump", [0.5] * 100), now=NOON)
    assert span.is_judged
    assert span.duration_s == 99 + 10
    assert span.ended_at == NOON - timedelta(seconds=1)


def test_what_could_not_be_judged_is_a_span_of_its_own_and_nothing_is_counted_twice() -> None:
    spans = listening_spans(clips_of("pump", [0.5] * 30 + [None] * 20 + [0.5] * 10), now=NOON)
    assert [span.is_judged for span in spans] == [True, False, True]
    assert sum(span.duration_s for span in spans) == 59 + 10


def test_a_pause_ends_a_span() -> None:
    clip = clips_of("pump", [0.5])[0]
    ages = [timedelta(minutes=20), timedelta(minutes=10)]
    spans = listening_spans([at(clip, age) for age in ages], now=NOON)
    assert [span.duration_s for span in spans] == [10, 10]


@given(seconds=st.lists(st.integers(0, 59), min_size=2, max_size=50))
def test_thinning_to_one_clip_a_minute_makes_no_gaps(seconds: list[int]) -> None:
    clip = clips_of("pump", [0.5])[0]
    begin = NOON - timedelta(days=20)
    clips = [
        replace(clip, at=begin + timedelta(minutes=minute, seconds=second))
        for minute, second in enumerate(seconds)
    ]
    assert len(listening_spans(clips, now=NOON)) == 1


def test_nothing_was_listened_to_where_nothing_is_remembered() -> None:
    assert listening_spans([], now=NOON) == ()
