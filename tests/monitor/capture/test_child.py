import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.channels import to_mono
from asd_monitor.monitor.capture.child import (
    BLOCKS_PER_S,
    InputStream,
    lost_samples,
    read_for_ever,
    select_channel,
)
from asd_monitor.monitor.capture.device import MicrophoneSpec
from asd_monitor.monitor.capture.protocol import Message, Sound

SPEC = MicrophoneSpec(device="fake", channel=1, n_channels=2, sample_rate_hz=1000)


class StreamEndedError(Exception):
    pass


class FakeStream(InputStream):
    """Two interleaved ramps, overflowing where told, and then it breaks."""

    def __init__(self, overflows: list[bool]) -> None:
        self._overflows: Iterator[bool] = iter(overflows)
        self._positions = itertools.count()

    @property
    def read_available(self) -> int:
        return 0

    def read(self, frames: int) -> tuple[bytes, bool]:
        overflowed = next(self._overflows, None)
        if overflowed is None:
            raise StreamEndedError
        positions = list(itertools.islice(self._positions, frames))
        return np.array([[-n, n] for n in positions], dtype=np.float32).tobytes(), overflowed


def test_blocks_are_sent_in_order_and_an_overrun_is_a_loss() -> None:
    sent: list[Message] = []
    with pytest.raises(StreamEndedError):
        read_for_ever(FakeStream([False, True, False]), SPEC, sent.append)
    sounds = [message for message in sent if isinstance(message, Sound)]
    n_read = 3 * SPEC.sample_rate_hz // BLOCKS_PER_S
    assert np.concatenate([sound.samples for sound in sounds]).tolist() == list(range(n_read))
    assert [sound.lost_samples > 0 for sound in sounds] == [False, True, False]


@given(
    lost=st.integers(1, 10**6),
    arrived=st.integers(0, 10**6),
    sample_rate_hz=st.sampled_from([8000, 44_100, 48_000]),
)
def test_a_loss_is_what_the_clock_says_less_what_came(
    lost: int, arrived: int, sample_rate_hz: int
) -> None:
    elapsed_s = (lost + arrived) / sample_rate_hz
    assert (
        lost_samples(elapsed_s=elapsed_s, sample_rate_hz=sample_rate_hz, n_arrived=arrived) == lost
    )


def test_a_loss_is_never_nothing() -> None:
    assert lost_samples(elapsed_s=0.0, sample_rate_hz=8000, n_arrived=800) == 1


@given(st.integers(1, 8), st.integers(0, 20), st.integers(0, 2**32 - 1))
def test_interleaved_samples_are_mixed_as_those_of_a_file(
    n_channels: int, n_frames: int, seed: int
) -> None:
    shape = (n_frames, n_channels)
    frames = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    for channel in (None, n_channels - 1):
        heard = select_channel(frames.tobytes(), n_channels=n_channels, channel=channel)
        np.testing.assert_array_equal(heard, to_mono(frames, channel=channel))
