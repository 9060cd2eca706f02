"""The microphone through the real PortAudio child, from a real sound server."""

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import DeviceError
from asd_monitor.monitor.capture.capture import check_opens
from asd_monitor.monitor.capture.devices import list_devices
from asd_monitor.monitor.source import CaptureState
from asd_monitor.monitor.sources.microphone import Microphone
from tests.support.pulse import NullSinkServer, what_is_missing

MISSING = what_is_missing()
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(MISSING is not None, reason=MISSING or ""),
]

RATE_HZ = 48_000


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NullSinkServer]:
    with NullSinkServer(tmp_path, sample_rate_hz=RATE_HZ) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def tone(*, frequency_hz: float, amplitude: float, duration_s: float) -> NDArray[np.float32]:
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def hear(
    blocks: Iterator[AudioBlock | None], *, seconds: float, loud: bool = False
) -> list[AudioBlock]:
    """Blocks that add up to so many seconds, from the first loud one on where asked."""
    heard: list[AudioBlock] = []
    while sum(len(block.samples) for block in heard) < seconds * RATE_HZ:
        block = next(blocks)
        if block is not None and (heard or not loud or np.abs(block.samples).max() > 0.01):
            heard.append(block)
    return heard


def wait_for(
    state: CaptureState, microphone: Microphone, blocks: Iterator[AudioBlock | None]
) -> None:
    while microphone.status.state is not state:
        next(blocks)


def test_a_tone_comes_back_with_its_frequency_and_level_and_without_a_gap(
    server: NullSinkServer,
) -> None:
    microphone = Microphone.named(server.device(), channel=0)
    with closing(microphone.blocks(threading.Event())) as blocks:
        hear(blocks, seconds=0.2)
        player = server.start_playing(
            tone(frequency_hz=1000.0, amplitude=0.25, duration_s=6.0), sample_rate_hz=RATE_HZ
        )
        heard = hear(blocks, seconds=3.0, loud=True)
        player.kill()
        player.wait()
    assert not any(block.gap_before for block in heard)
    assert [block.first_sample for block in heard[1:]] == [
        block.first_sample + len(block.samples) for block in heard[:-1]
    ]
    steady = np.concatenate([block.samples for block in heard])[RATE_HZ : 2 * RATE_HZ]
    spectrum = np.abs(np.fft.rfft(steady))
    assert spectrum.argmax() == 1000
    assert np.sqrt(np.mean(steady**2)) == pytest.approx(0.25 / np.sqrt(2), rel=0.01)
    assert microphone.status.gaps == microphone.status.overruns == 0


def test_a_killed_child_leaves_a_gap_and_sound_returns(server: NullSinkServer) -> None:
    microphone = Microphone.named(server.device(), channel=None)
    with closing(microphone.blocks(threading.Event())) as blocks:
        before = hear(blocks, seconds=0.5)[-1]
        child = microphone._capture._child
        assert child is not None
        os.kill(child.pid, signal.SIGKILL)
        after = next(block for block in blocks if block is not None and block.gap_before)
        status = microphone.status
    lost_samples = after.first_sample - before.first_sample - len(before.samples)
    lost_s = (after.captured_at - before.captured_at).total_seconds() - len(
        before.samples
    ) / RATE_HZ
    assert lost_samples / RATE_HZ == pytest.approx(lost_s, abs=0.5)
    assert (status.state, status.gaps, status.restarts) == (CaptureState.HEALTHY, 1, 1)
    assert "ended" in str(status.last_error)


def test_listening_resumes_when_the_sound_server_comes_back(server: NullSinkServer) -> None:
    microphone = Microphone.named(server.device(), channel=0)
    with closing(microphone.blocks(threading.Event())) as blocks:
        hear(blocks, seconds=0.3)
        server.stop()
        wait_for(CaptureState.LOST, microphone, blocks)
        server.start()
        wait_for(CaptureState.HEALTHY, microphone, blocks)
        assert microphone.status.restarts >= 1


def test_a_sound_server_that_hangs_is_noticed_and_survived(server: NullSinkServer) -> None:
    microphone = Microphone.named(server.device(), channel=0)
    with closing(microphone.blocks(threading.Event())) as blocks:
        hear(blocks, seconds=0.3)
        with server.frozen():
            wait_for(CaptureState.LOST, microphone, blocks)
        wait_for(CaptureState.HEALTHY, microphone, blocks)
        assert microphone.status.gaps == 1


def slow(program: str, folder: Path) -> str:
    """A search path on which a program takes its time to answer."""
    real = shutil.which(program)
    (folder / program).write_text(
        f'#!/bin/sh\ncase "$*" in *subscribe*) ;; *) sleep 0.5 ;; esac\nexec {real} "$@"\n'
    )
    (folder / program).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_not_a_sample_of_another_source_is_heard_however_slowly_the_server_answers(
    server: NullSinkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.plug_in("cellar")
    monkeypatch.setenv("PATH", slow("pactl", tmp_path))
    sound = tone(frequency_hz=1000.0, amplitude=0.25, duration_s=30.0)
    player = server.start_playing(sound, sample_rate_hz=RATE_HZ, sink="cellar")
    microphone = Microphone.named(server.device(), channel=0)
    with closing(microphone.blocks(threading.Event())) as blocks:
        heard = hear(blocks, seconds=1.0)
        server.unplug("machine")
        while not microphone.status.wrong_device:
            if (block := next(blocks)) is not None:
                heard.append(block)
    player.kill()
    player.wait()
    assert max(np.abs(block.samples).max() for block in heard) < 0.01


PARENT = """
import sys, threading
from asd_monitor.monitor.sources.microphone import Microphone
microphone = Microphone.named(sys.argv[1], channel=0)
blocks = microphone.blocks(threading.Event())
while next(blocks) is None:
    pass
print(microphone._capture._child.pid, flush=True)
while True:
    next(blocks)
"""


def test_the_child_does_not_outlive_a_killed_parent(server: NullSinkServer) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, server.device()], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    ended, _, _ = select.select([child], [], [], 10)
    os.close(child)
    assert ended


def test_stopping_ends_the_child_and_the_blocks(server: NullSinkServer) -> None:
    microphone = Microphone.named(server.device(), channel=0)
    stop = threading.Event()
    blocks = microphone.blocks(stop)
    hear(blocks, seconds=0.2)
    child = microphone._capture._child
    assert child is not None
    stop.set()
    assert list(blocks) == []
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_the_sources_of_the_sound_server_are_listed_as_they_are(server: NullSinkServer) -> None:
    device = next(device for device in list_devices() if device.name == server.device())
    assert (device.max_input_channels, device.default_rate_hz) == (1, RATE_HZ)


def test_an_unknown_device_is_refused_with_a_list_of_those_there_are(
    server: NullSinkServer,
) -> None:
    with pytest.raises(DeviceError, match=server.device()):
        Microphone.named("no such microphone", channel=0)
    with pytest.raises(DeviceError, match=server.device()):
        Microphone.named("pulse:no_such_source", channel=0)


def test_a_device_that_vanished_before_it_was_opened_is_an_error(server: NullSinkServer) -> None:
    microphone = Microphone.named(server.device(), channel=0)
    check_opens(microphone.spec)
    server.stop()
    with pytest.raises(DeviceError, match="pulse"):
        check_opens(microphone.spec)
