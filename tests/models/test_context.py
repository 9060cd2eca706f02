import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.context import ContextWindows


@given(sizes=st.lists(st.integers(0, 9), max_size=10), n_frames=st.integers(1, 6))
def test_windows_are_every_stretch_of_frames(sizes: list[int], n_frames: int) -> None:
    frames = np.arange(sum(sizes) * 3, dtype=np.float32).reshape(-1, 3)
    context = ContextWindows(n_frames=n_frames, n_mels=3)
    windows = [context.push(part) for part in np.split(frames, np.cumsum(sizes))]
    assert all(part.shape[1:] == (n_frames, 3) for part in windows)
    whole = [frames[i : i + n_frames] for i in range(len(frames) - n_frames + 1)]
    expected = np.array(whole, dtype=np.float32).reshape(-1, n_frames, 3)
    np.testing.assert_array_equal(np.concatenate(windows), expected)


def test_no_window_spans_a_reset() -> None:
    context = ContextWindows(n_frames=5, n_mels=3)
    context.push(np.zeros((7, 3), dtype=np.float32))
    context.reset()
    assert len(context.push(np.ones((4, 3), dtype=np.float32))) == 0
    assert context.push(np.ones((1, 3), dtype=np.float32)).min() == 1.0
