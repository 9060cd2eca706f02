import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.channels import to_mono


@given(st.integers(1, 8), st.integers(0, 20), st.data())
def test_a_channel_is_itself_and_the_mix_is_the_mean(
    n_channels: int, n_frames: int, data: st.DataObject
) -> None:
    frames = np.arange(n_frames * n_channels, dtype=np.float32).reshape(n_frames, n_channels)
    channel = data.draw(st.integers(0, n_channels - 1))
    chosen, mixed = to_mono(frames, channel=channel), to_mono(frames, channel=None)
    assert chosen.tolist() == frames[:, channel].tolist()
    assert mixed.dtype == np.float32
    np.testing.assert_allclose(mixed, frames.mean(axis=1))


def test_opposite_infinities_mix_to_no_number() -> None:
    frames = np.array([[np.inf, -np.inf], [0.25, 0.5]], np.float32)
    np.testing.assert_array_equal(to_mono(frames, channel=None), [np.nan, 0.375])
