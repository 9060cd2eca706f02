"""Sound is split by time, and every second of it has one role."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asd_monitor.models.recordings import Recording
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
