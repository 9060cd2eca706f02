"""Sound is split by time, and every second of it has one role."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asd_monitor.models.recordings import Recording
from asd_monitor.models.training.blocks import MAX_BLOCKS, MIN_BLOCKS, blocks_of_time
from asd_monitor.models.training.split import Role, Span, split_by_time

ORDER = [Role.FITTED, Role.STOPPING, Role.LEFT_OUT]


def recording(n_samples: int, *, sample_rate_hz: int = 100, name: str = "a.wav") -> Recording:
    return Recording(
        path=Path(name),
        sample_rate_hz=sample_rate_hz,
        n_channels=1,
        n_samples=n_samples,
        session=None,
        first_sample=0,
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


recordings = st.lists(
    st.builds(recording, st.integers(1, 100_000), sample_rate_hz=st.sampled_from([100, 441])),
    min_size=1,
    max_size=30,
)


@given(recordings, st.floats(0, 0.8))
def test_spans_are_all_of_the_sound_once_and_in_order(
    sound: list[Recording], hold_out: float
) -> None:
    spans = list(split_by_time(sound, stopping=0.1, hold_out=hold_out))
    assert [ORDER.index(s.role) for s in spans] == sorted(ORDER.index(s.role) for s in spans)
    for one in sound:
        end = 0
        while end < one.n_samples:
            span = spans.pop(0)
            assert span.recording is one
            assert span.first_sample == end
            assert span.n_samples > 0
            end += span.n_samples
        assert end == one.n_samples
    assert not spans


@given(recordings)
def test_there_is_always_sound_to_stop_on(sound: list[Recording]) -> None:
    total_s = sum(one.duration_s for one in sound)
    assume(total_s >= 30)
    spans = split_by_time(sound, stopping=0.1, hold_out=0.3)
    assert Role.STOPPING in {span.role for span in spans}


def shares(spans: tuple[Span, ...]) -> dict[Role, float]:
    total_s = sum(span.duration_s for span in spans)
    return {
        role: sum(span.duration_s for span in spans if span.role is role) / total_s
        for role in ORDER
    }


def test_short_files_stay_whole() -> None:
    spans = split_by_time([recording(150) for _ in range(360)], stopping=0.1, hold_out=0.3)
    assert len(spans) == 360
    assert shares(spans) == pytest.approx(
        {Role.FITTED: 0.6, Role.STOPPING: 0.1, Role.LEFT_OUT: 0.3}
    )


def test_a_long_file_is_cut_at_whole_seconds() -> None:
    spans = split_by_time([recording(60_333)], stopping=0.1, hold_out=0.3)
    assert [span.role for span in spans] == ORDER
    assert [span.first_sample for span in spans] == [0, 36_200, 42_200]
    assert all(after.first_sample % 100 == 0 for _, after in pairwise(spans))


def test_nothing_is_left_out_where_nothing_is_held_out() -> None:
    spans = split_by_time([recording(100_000), recording(500)], stopping=0.1, hold_out=0)
    assert shares(spans)[Role.LEFT_OUT] == 0
    assert shares(spans)[Role.FITTED] == pytest.approx(0.9, abs=0.01)


ks = st.integers(MIN_BLOCKS, MAX_BLOCKS)


@given(ks, st.floats(0, 0.5))
def test_every_second_outside_the_hold_out_is_left_out_for_one_sibling(
    k: int, hold_out: float
) -> None:
    sound = [recording(300_000), recording(50_000)]
    left_out_s = {}
    for number, block in enumerate(blocks_of_time(k, hold_out=hold_out)):
        spans = split_by_time(sound, stopping=0.1, hold_out=hold_out, block=block)
        assert shares(spans)[Role.STOPPING] == pytest.approx(0.1, abs=0.001)
        left_out_s[number] = {
            (span.recording.n_samples, second)
            for span in spans
            if span.role is Role.LEFT_OUT
            for second in range(
                span.first_sample // 100, -(-(span.first_sample + span.n_samples) // 100)
            )
        }
    held_out = set.intersection(*left_out_s.values())
    assert len(held_out) == pytest.approx(hold_out * 3500, abs=2)
    of_blocks = [seconds - held_out for seconds in left_out_s.values()]
    assert sum(map(len, of_blocks)) + len(held_out) == 3500


def test_the_last_block_leaves_what_comes_before_it_to_choose_the_epoch() -> None:
    *_, last = blocks_of_time(5, hold_out=0)
    spans = split_by_time([recording(100_000)], stopping=0.1, hold_out=0, block=last)
    assert [(span.role, span.first_sample) for span in spans] == [
        (Role.FITTED, 0),
        (Role.STOPPING, 70_000),
        (Role.LEFT_OUT, 80_000),
    ]


def test_a_block_inside_the_last_part_lets_it_begin_earlier() -> None:
    block = blocks_of_time(10, hold_out=0.5)[8]
    spans = split_by_time([recording(100_000)], stopping=0.1, hold_out=0.5, block=block)
    assert [(span.role, span.first_sample) for span in spans] == [
        (Role.FITTED, 0),
        (Role.STOPPING, 35_000),
        (Role.LEFT_OUT, 40_000),
        (Role.STOPPING, 45_000),
        (Role.LEFT_OUT, 50_000),
    ]
