"""One check per sentence of the contract in `asd_monitor.monitor.source`, for every source."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.plugins import class_of_kind, found_by_kind
from asd_monitor.models.recording_writer import write_recording
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor import sources
from asd_monitor.monitor.capture.device import MicrophoneSpec
from asd_monitor.monitor.config.machine import SourceKind
from asd_monitor.monitor.ffmpeg import StreamFormat
from asd_monitor.monitor.pcm import PcmFormat
from asd_monitor.monitor.source import CaptureState, Source
from asd_monitor.monitor.sources.files import Files
from asd_monitor.monitor.sources.microphone import Microphone
from asd_monitor.monitor.sources.stdin import Stdin
from asd_monitor.monitor.sources.stream import Stream
from asd_monitor.monitor.sources.watch import Watch
from asd_monitor.monitor.stream_address import StreamAddress
from tests.support.capture_children import RATE_HZ, child

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Made:
    """A source with a second of sound, in two sessions where it knows of sessions.

    Attributes:
        source: to be tested.
        play: lets the sound come, once it is listened to.
    """

    source: Source
    play: Callable[[], None] = lambda: None


def _write(path: Path, *, session: str) -> None:
    samples = np.linspace(-0.5, 0.5, RATE_HZ // 2, dtype=np.float32)
    write_recording(
        path,
        samples,
        sample_rate_hz=RATE_HZ,
        session=session,
        first_sample=0,
        recorded_at=utc_now(),
    )


def _drop_two(folder: Path) -> None:
    _write(folder / "1.wav", session="A")
    _write(folder / "2.wav", session="B")


def _files(folder: Path) -> Made:
    _drop_two(folder)
    return Made(Files([folder], channel=None))


def _watch(folder: Path) -> Made:
    source = Watch([folder], channel=None, settle_s=0.0)
    return Made(source, lambda: _drop_two(folder))


def _microphone(_: Path) -> Made:
    spec = MicrophoneSpec(device="fake", channel=0, n_channels=1, sample_rate_hz=RATE_HZ)
    half = RATE_HZ // 2
    script = f"hear(0, {half}); hear({half}, {half}, lost_samples=80); wait_for_the_end()"
    return Made(Microphone(spec, command=child(script)))


def _stream(_: Path) -> Made:
    script = f"sys.stdout.buffer.write(bytes(4 * {RATE_HZ})); sys.stdout.flush(); time.sleep(60)"
    return Made(
        Stream(
            StreamAddress("rtsp://camera/audio"),
            StreamFormat(sample_rate_hz=RATE_HZ, n_channels=1),
            channel=None,
            command=[sys.executable, "-c", f"import sys, time; {script}"],
        )
    )


def _stdin(_: Path) -> Made:
    read, write = os.pipe()
    source = Stdin(
        pcm_format=PcmFormat.S16_LE,
        sample_rate_hz=RATE_HZ,
        n_channels=1,
        channel=None,
        descriptor=read,
    )

    def play() -> None:
        os.write(write, bytes(2 * RATE_HZ))

    return Made(source, play)


_MAKERS: dict[str, Callable[[Path], Made]] = {
    "files": _files,
    "microphone": _microphone,
    "stdin": _stdin,
    "stream": _stream,
    "watch": _watch,
}


def test_every_source_is_found_by_its_kind_and_tested_here() -> None:
    kinds = found_by_kind(sources)
    assert kinds.keys() == _MAKERS.keys() == set(get_args(SourceKind))
    assert all(class_of_kind(sources, kind) is found for kind, found in kinds.items())


@pytest.fixture(params=sorted(_MAKERS))
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    return _MAKERS[request.param](tmp_path)


def heard(made: Made) -> Iterator[AudioBlock]:
    """The blocks of a second of sound."""
    deadline_s = time.monotonic() + PATIENCE_S
    n_missing = RATE_HZ
    with closing(made.source.blocks(threading.Event())) as blocks:
        made.play()
        for block in blocks:
            assert time.monotonic() < deadline_s
            if block is not None:
                n_missing -= len(block.samples)
                yield block
            if n_missing <= 0:
                return


def test_blocks_hold_samples_of_one_channel_as_floats_with_a_rate_and_a_date_in_utc(
    made: Made,
) -> None:
    for block in heard(made):
        assert block.samples.dtype == np.float32
        assert block.samples.ndim == 1
        assert len(block.samples) > 0
        assert np.abs(block.samples).max() <= 1.0 or made.source.kind == "microphone"
        assert block.sample_rate_hz == RATE_HZ
        assert block.captured_at.utcoffset() is not None


def test_the_first_block_has_a_gap_before_it_and_blocks_without_one_follow_each_other(
    made: Made,
) -> None:
    blocks = list(heard(made))
    assert blocks[0].gap_before
    for before, after in pairwise(blocks):
        end = before.first_sample + len(before.samples)
        assert after.first_sample >= end
        assert after.gap_before or after.first_sample == end


def test_the_state_says_that_sound_arrives_once_it_does(made: Made) -> None:
    before = made.source.status
    assert (before.state, before.last_audio_s) == (CaptureState.STARTING, None)
    assert before.name
    for _ in heard(made):
        now = made.source.status
        assert now.state is CaptureState.HEALTHY
        assert now.last_audio_s is not None


def test_any_thread_may_ask_for_the_status(made: Made) -> None:
    asked: list[CaptureState] = []
    for _ in heard(made):
        thread = threading.Thread(target=lambda: asked.append(made.source.status.state))
        thread.start()
        thread.join()
    assert CaptureState.HEALTHY in asked


def test_it_ends_when_told_to_stop(made: Made) -> None:
    stop = threading.Event()
    with closing(made.source.blocks(stop)) as blocks:
        made.play()
        next(blocks)
        stop.set()
        assert len(list(blocks)) <= 1


def test_time_passes_where_no_sound_comes(tmp_path: Path) -> None:
    for maker in (_watch, _stdin):
        silent = maker(tmp_path)
        with closing(silent.source.blocks(threading.Event())) as blocks:
            assert next(blocks) is None
            assert next(blocks) is None


def test_no_thread_is_left_behind_when_the_blocks_are_closed(made: Made) -> None:
    before = set(threading.enumerate())
    assert list(heard(made))
    assert set(threading.enumerate()) <= before
