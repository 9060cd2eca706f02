import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.normal.clip_length import MIN_SHARE, clip_length_s, fills_clip

LENGTHS = st.lists(st.floats(0.1, 1000), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("sessions_s", "clip_s"),
    [
        ([4.0] * 30, 4.0),
        ([1.5] * 30, 2.0),
        ([0.3], 1.0),
        ([10.0] * 30, 10.0),
        ([3600.0, 4.0], 10.0),
        ([4.0, 4.0, 12.0], 4.0),
    ],
)
def test_clips_are_as_long_as_nearly_all_recordings(sessions_s: list[float], clip_s: float) -> None:
    assert clip_length_s(sessions_s, longest_s=10.0) == clip_s


@given(sessions_s=LENGTHS)
def test_most_of_the_sound_fills_clips_of_the_length(sessions_s: list[float]) -> None:
    clip_s = clip_length_s(sessions_s, longest_s=10.0)
    filled_s = sum(length_s for length_s in sessions_s if fills_clip(length_s, clip_s))
    assert clip_s in range(1, 11)
    assert filled_s >= MIN_SHARE * sum(sessions_s) * (1 - 1e-9)
