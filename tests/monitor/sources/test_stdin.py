import logging
import os
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import AudioError
from asd_monitor.monitor.pcm import PcmFormat
from asd_monitor.monitor.source import CaptureState
from asd_monitor.monitor.sources.stdin import Stdin

RATE_HZ = 8000


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    os.close(read)


def source(descriptor: int, *, n_channels: int = 1, channel: int | None = None) -> Stdin:
    return Stdin(
        pcm_format=PcmFormat.FLOAT_LE,
        sample_rate_hz=RATE_HZ,
        n_channels=n_channels,
        channel=channel,
        descriptor=descriptor,
    )


def ramp(first: int, n_samples: int) -> bytes:
    return np.arange(first, first + n_samples, dtype="<f4").tobytes()


def heard(made: Stdin) -> list[AudioBlock]:
    return [block for block in made.blocks(threading.Event()) if block is not None]


def test_every_sample_arrives_in_order_and_the_end_is_the_end(pipe: tuple[int, int]) -> None:
    read, write = pipe
    os.write(write, ramp(0, 3000))
    os.write(write, ramp(3000, 5000)[:-4])
    os.close(write)
    made = source(read)
    blocks = heard(made)
    assert np.concatenate([block.samples for block in blocks]).tolist() == list(range(7999))
    assert [block.gap_before for block in blocks] == [True] + [False] * (len(blocks) - 1)
    assert made.status.state is CaptureState.ENDED


def test_an_end_in_the_middle_of_a_sample_is_told(
    pipe: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    read, write = pipe
    os.write(write, ramp(0, 10) + b"xy")
    os.close(write)
    with caplog.at_level(logging.WARNING):
        assert len(heard(source(read))[0].samples) == 10
    assert "in the middle of a sample" in caplog.text


def test_a_long_pause_ends_the_session_and_a_short_one_does_not(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, write = pipe
    now_s = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    blocks = source(read).blocks(threading.Event())
    found = []
    for away_s in (0.0, 1.5, 61.0):
        now_s[0] += away_s
        os.write(write, ramp(0, RATE_HZ))
        found.append(next(blocks))
    os.close(write)
    kept = [block for block in found if block is not None]
    assert [block.gap_before for block in kept] == [True, False, True]
    assert [block.first_sample for block in kept] == [0, RATE_HZ, (2 + 60) * RATE_HZ]


def test_a_channel_that_is_not_there_is_refused(pipe: tuple[int, int]) -> None:
    read, write = pipe
    os.close(write)
    with pytest.raises(AudioError, match="no channel 2"):
        source(read, n_channels=2, channel=2)
