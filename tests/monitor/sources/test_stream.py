import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import DeviceError
from asd_monitor.models.recording_writer import write_recording
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.back_off import BackOff
from asd_monitor.monitor.capture.capture import CaptureTiming
from asd_monitor.monitor.ffmpeg import StreamFormat, probe, stream_command
from asd_monitor.monitor.source import CaptureState
from asd_monitor.monitor.sources.stream import Stream
from asd_monitor.monitor.stream_address import StreamAddress
from tests.support.mosquitto import free_port
from tests.support.web_folder import QuietFolder

RATE_HZ = 8000
QUICK = CaptureTiming(opening_s=20, silence_s=20, back_off=BackOff(first_s=0.01, longest_s=0.02))
ADDRESS = StreamAddress("rtsp://me:topsecret@camera/audio")
MONO = StreamFormat(sample_rate_hz=RATE_HZ, n_channels=1)
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Two channels of sound as a file, on a web server of this host."""
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, (3 * RATE_HZ, 2)).astype(np.float32)
    write_recording(
        tmp_path / "sound.flac",
        sound,
        sample_rate_hz=RATE_HZ,
        session="A",
        first_sample=0,
        recorded_at=utc_now(),
    )
    handler = partial(QuietFolder, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/sound.flac"
        server.shutdown()
        thread.join()


def first_samples(source: Stream, n_samples: int) -> list[AudioBlock]:
    found: list[AudioBlock] = []
    with closing(source.blocks(threading.Event())) as blocks:
        for block in blocks:
            found += [block] if block is not None else []
            if sum(len(each.samples) for each in found) >= n_samples:
                return found
    raise AssertionError("the stream ended")


def saying(script: str) -> list[str]:
    prelude = "import sys, time, numpy as np; out = sys.stdout.buffer"
    ramp = "np.arange({}, dtype='<f4').tobytes()"
    return [sys.executable, "-c", f"{prelude}\nramp = lambda n: {ramp.format('n')}\n{script}"]


@needs_ffmpeg
def test_what_a_web_server_sends_is_heard_sample_by_sample(served: str, tmp_path: Path) -> None:
    source = Stream.at(StreamAddress(served), channel=1)
    blocks = first_samples(source, 2 * RATE_HZ)
    samples = np.concatenate([block.samples for block in blocks])[: 2 * RATE_HZ]
    expected, _ = soundfile.read(tmp_path / "sound.flac", dtype="float32")
    assert np.abs(samples - expected[: 2 * RATE_HZ, 1]).max() < 1e-6
    assert [block.gap_before for block in blocks] == [True] + [False] * (len(blocks) - 1)
    assert source.status.name == served


@needs_ffmpeg
def test_a_stream_that_ends_is_opened_again_with_a_gap(served: str) -> None:
    source = Stream(StreamAddress(served), probe(StreamAddress(served)), channel=None, timing=QUICK)
    blocks = first_samples(source, 4 * RATE_HZ)
    assert sum(block.gap_before for block in blocks) == 2
    assert source.status.restarts >= 1


@needs_ffmpeg
def test_an_address_without_a_server_is_one_sentence_without_secrets() -> None:
    address = StreamAddress(f"http://me:topsecret@127.0.0.1:{free_port()}/live?token=hushhush")
    with pytest.raises(DeviceError, match=r"cannot be opened: .*refused") as caught:
        probe(address)
    assert "topsecret" not in str(caught.value)
    assert "hushhush" not in str(caught.value)
    assert "\n" not in str(caught.value)


@needs_ffmpeg
def test_a_file_without_sound_is_refused(served: str, tmp_path: Path) -> None:
    (tmp_path / "sound.flac").write_text("no sound at all")
    with pytest.raises(DeviceError, match="has no sound"):
        probe(StreamAddress(served))


@needs_ffmpeg
def test_the_options_for_a_camera_are_known_to_ffmpeg() -> None:
    address = StreamAddress(f"rtsp://me:topsecret@127.0.0.1:{free_port()}/audio")
    with pytest.raises(DeviceError, match="refused") as caught:
        probe(address)
    assert "topsecret" not in str(caught.value)
    source = Stream(address, MONO, channel=None, timing=QUICK)
    with closing(source.blocks(threading.Event())) as blocks:
        while source.status.last_error is None:
            next(blocks)
        assert "refused" in source.status.last_error
        assert "topsecret" not in source.status.last_error


def test_without_ffmpeg_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DeviceError, match=r"needs ffprobe, which is not installed"):
        probe(ADDRESS)
    with pytest.raises(DeviceError, match=r"needs ffmpeg, which is not installed"):
        stream_command(ADDRESS, MONO)


def test_a_stream_that_falls_silent_is_lost_and_opened_again() -> None:
    timing = CaptureTiming(
        opening_s=20, silence_s=0.2, back_off=BackOff(first_s=0.01, longest_s=0.02)
    )
    script = f"out.write(ramp({RATE_HZ})); out.flush(); time.sleep(60)"
    source = Stream(ADDRESS, MONO, channel=None, timing=timing, command=saying(script))
    blocks = first_samples(source, 2 * RATE_HZ)
    assert sum(block.gap_before for block in blocks) == 2
    assert "no sound arrived" in (source.status.last_error or "")


def test_what_the_program_says_is_repeated_without_secrets() -> None:
    script = f"sys.stderr.write('{ADDRESS.url}: 401 Unauthorized'); sys.exit(1)"
    source = Stream(ADDRESS, MONO, channel=None, timing=QUICK, command=saying(script))
    with closing(source.blocks(threading.Event())) as blocks:
        while source.status.last_error is None:
            next(blocks)
    assert source.status.state is CaptureState.LOST
    assert "401 Unauthorized" in source.status.last_error
    assert "topsecret" not in source.status.last_error


def test_ctrl_c_on_the_terminal_is_not_for_the_program() -> None:
    script = "import os; sys.stderr.write(f'{os.getpgrp() == os.getpid()}'); sys.exit(1)"
    source = Stream(ADDRESS, MONO, channel=None, timing=QUICK, command=saying(script))
    with closing(source.blocks(threading.Event())) as blocks:
        while source.status.last_error is None:
            next(blocks)
    assert source.status.last_error == "the capture process ended: True"


def test_a_channel_that_is_not_there_is_refused() -> None:
    with pytest.raises(DeviceError, match="no channel 3"):
        Stream(ADDRESS, MONO, channel=3, command=["true"])
