import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.monitor.pcm import PcmDecoder, PcmFormat

BYTES = {
    PcmFormat.U8: bytes([128, 0, 192]),
    PcmFormat.S16_LE: np.array([0, -32768, 16384], dtype="<i2").tobytes(),
    PcmFormat.S24_3LE: bytes([0, 0, 0, 0, 0, 0x80, 0, 0, 0x40]),
    PcmFormat.S32_LE: np.array([0, -(2**31), 2**30], dtype="<i4").tobytes(),
    PcmFormat.FLOAT_LE: np.array([0, -1, 0.5], dtype="<f4").tobytes(),
}


@pytest.mark.parametrize("pcm_format", list(PcmFormat))
def test_silence_full_scale_and_half_of_it_are_the_same_in_every_format(
    pcm_format: PcmFormat,
) -> None:
    samples = PcmDecoder(pcm_format, n_channels=1, channel=None).feed(BYTES[pcm_format])
    assert samples.dtype == np.float32
    assert samples.tolist() == [0.0, -1.0, 0.5]


@given(cuts=st.lists(st.integers(1, 11), min_size=1, max_size=30), n_channels=st.integers(1, 3))
def test_it_does_not_matter_how_the_bytes_are_cut(cuts: list[int], n_channels: int) -> None:
    data = np.random.default_rng(1).bytes(sum(cuts))
    whole = PcmDecoder(PcmFormat.S24_3LE, n_channels=n_channels, channel=None)
    expected = whole.feed(data)
    decoder = PcmDecoder(PcmFormat.S24_3LE, n_channels=n_channels, channel=None)
    ends = np.cumsum(cuts)
    pieces = [decoder.feed(data[end - cut : end]) for cut, end in zip(cuts, ends, strict=True)]
    assert np.concatenate(pieces).tolist() == expected.tolist()
    assert decoder.n_pending_bytes == len(data) % decoder.n_frame_bytes


def test_a_channel_is_picked_or_all_are_mixed() -> None:
    data = np.array([[0.0, 1.0], [0.5, 0.0]], dtype="<f4").tobytes()
    right = PcmDecoder(PcmFormat.FLOAT_LE, n_channels=2, channel=1)
    assert right.feed(data).tolist() == [1.0, 0.0]
    both = PcmDecoder(PcmFormat.FLOAT_LE, n_channels=2, channel=None)
    assert both.feed(data).tolist() == [0.5, 0.25]
