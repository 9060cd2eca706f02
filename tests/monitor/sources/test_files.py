import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import AudioError
from asd_monitor.models.recording_writer import write_recording
from asd_monitor.monitor.source import CaptureState
from asd_monitor.monitor.sources.files import Files

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def write(
    path: Path, *, seconds: float, session: str, first_sample: int = 0, rate: int = 8000
) -> None:
    samples = np.full(round(seconds * rate), 0.25, dtype=np.float32)
    write_recording(
        path,
        samples,
        sample_rate_hz=rate,
        session=session,
        first_sample=first_sample,
        recorded_at=LONG_AGO + timedelta(seconds=first_sample / rate),
    )


def played(source: Files, stop: threading.Event | None = None) -> list[AudioBlock]:
    return [block for block in source.blocks(stop or threading.Event()) if block is not None]


def test_sessions_follow_each_other_on_one_time_line(tmp_path: Path) -> None:
    write(tmp_path / "1.flac", seconds=1.5, session="A")
    write(tmp_path / "2.flac", seconds=1.0, session="A", first_sample=12_000)
    write(tmp_path / "3.flac", seconds=2.0, session="B", first_sample=99, rate=11_025)
    write(tmp_path / "4.flac", seconds=1.0, session="C")
    blocks = played(Files([tmp_path], channel=None))
    begun = [block for block in blocks if block.gap_before]
    assert [block.first_sample / block.sample_rate_hz for block in begun] == pytest.approx(
        [0.0, 2.5, 4.5], abs=2e-4
    )
    ends_s = [(b.first_sample + len(b.samples)) / b.sample_rate_hz for b in blocks]
    assert all(
        block.first_sample / block.sample_rate_hz >= end_s
        for block, end_s in zip(blocks[1:], ends_s[:-1], strict=True)
    )
    assert sum(len(b.samples) / b.sample_rate_hz for b in blocks) == pytest.approx(5.5)
    assert blocks[0].captured_at == LONG_AGO


def test_a_damaged_recording_is_named_and_the_rest_is_played(tmp_path: Path) -> None:
    (tmp_path / "1.wav").write_bytes(b"no sound at all")
    write(tmp_path / "2.wav", seconds=1.0, session="A")
    with pytest.raises(AudioError, match=r"1\.wav"):
        Files([tmp_path], channel=None)
    told: list[AudioError] = []
    blocks = played(Files([tmp_path], channel=None, on_unreadable=told.append))
    assert sum(len(block.samples) for block in blocks) == 8000
    assert [str(tmp_path / "1.wav") in str(error) for error in told] == [True]


def test_a_channel_that_only_some_recordings_lack_leaves_those_out(tmp_path: Path) -> None:
    write(tmp_path / "1.wav", seconds=1.0, session="A")
    told: list[AudioError] = []
    assert played(Files([tmp_path], channel=3, on_unreadable=told.append)) == []
    assert len(told) == 1


def test_the_status_says_how_far_it_is(tmp_path: Path) -> None:
    write(tmp_path / "1.wav", seconds=2.0, session="A")
    source = Files([tmp_path], channel=None)
    states = [source.status.state]
    for _ in source.blocks(threading.Event()):
        states.append(source.status.state)  # noqa: PERF401 - the status changes while it plays
    states.append(source.status.state)
    assert states == [
        CaptureState.STARTING,
        CaptureState.HEALTHY,
        CaptureState.HEALTHY,
        CaptureState.ENDED,
    ]


def test_stop_ends_the_playing(tmp_path: Path) -> None:
    write(tmp_path / "1.wav", seconds=3.0, session="A")
    stop = threading.Event()
    blocks = Files([tmp_path], channel=None).blocks(stop)
    next(blocks)
    stop.set()
    assert list(blocks) == []


class FakeTime(threading.Event):
    """A monotonic clock that only waiting moves."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s

    def wait(self, timeout: float | None = None) -> bool:
        self.now_s += timeout or 0.0
        return self.is_set()


def test_in_real_time_a_block_comes_when_its_last_sample_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "1.wav", seconds=1.0, session="A")
    write(tmp_path / "2.wav", seconds=1.0, session="B", rate=16_000)
    clock = FakeTime()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    before = datetime.now(UTC)
    blocks = []
    for block in Files([tmp_path], channel=None, real_time=True).blocks(clock):
        assert block is not None
        end_s = (block.first_sample + len(block.samples)) / block.sample_rate_hz
        assert clock.now_s == pytest.approx(1000 + end_s)
        blocks.append(block)
    assert clock.now_s == pytest.approx(1002)
    assert max(len(block.samples) / block.sample_rate_hz for block in blocks) <= 0.5
    begun_at = blocks[0].captured_at
    assert begun_at >= before
    assert blocks[-1].captured_at - begun_at == timedelta(
        seconds=blocks[-1].first_sample / blocks[-1].sample_rate_hz
    )


def test_real_time_is_over_at_once_when_stopped(tmp_path: Path) -> None:
    write(tmp_path / "1.wav", seconds=600.0, session="A")
    stop = threading.Event()
    stop.set()
    assert played(Files([tmp_path], channel=None, real_time=True), stop) == []
