import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asd_monitor.models.audio import AudioBlock
from asd_monitor.monitor.back_off import BackOff
from asd_monitor.monitor.capture.capture import (
    CaptureThread,
    CaptureTiming,
    child_command,
    child_environment,
)
from asd_monitor.monitor.capture.device import MicrophoneSpec
from asd_monitor.monitor.capture.ring import RingBuffer
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from tests.support.capture_children import RATE_HZ, changing_child, child

SPEC = MicrophoneSpec(device="fake", channel=0, n_channels=1, sample_rate_hz=RATE_HZ)
AT_ONCE = BackOff(first_s=0.01, longest_s=0.02)
QUICK = CaptureTiming(back_off=AT_ONCE, opening_s=20, silence_s=20)


class Listening:
    """A capture thread with the reader's end of its ring."""

    def __init__(self, thread: CaptureThread, ring: RingBuffer) -> None:
        self.thread = thread
        self.ring = ring
        self.heard = 0

    def next_block(self) -> AudioBlock:
        block = self.ring.read(RATE_HZ, timeout_s=20)
        assert block is not None
        return block

    def wait_until(self, holds: Callable[[CaptureStatus], bool]) -> CaptureStatus:
        for _ in range(2000):
            block = self.ring.read(RATE_HZ, timeout_s=0.01)
            self.heard += len(block.samples) if block else 0
            if holds(status := self.thread.status):
                return status
        raise AssertionError(f"never came to hold: {self.thread.status}")


@contextmanager
def listening(
    script: str | list[str], timing: CaptureTiming = QUICK, *, spec: MicrophoneSpec = SPEC
) -> Iterator[Listening]:
    ring = RingBuffer(60 * RATE_HZ, RATE_HZ)
    command = child(script) if isinstance(script, str) else script
    thread = CaptureThread(spec, ring, timing=timing, command=command)
    thread.start()
    try:
        yield Listening(thread, ring)
    finally:
        thread.stop()


def test_the_ring_holds_what_the_child_heard() -> None:
    script = "for n in range(5): hear(1000 * n, 1000)\nwait_for_the_end()"
    with listening(script) as capture:
        heard = np.empty(0, dtype=np.float32)
        while len(heard) < 5000:
            heard = np.concatenate([heard, capture.next_block().samples])
        status = capture.thread.status
    assert heard.tolist() == list(range(5000))
    assert (status.state, status.gaps, status.restarts) == (CaptureState.HEALTHY, 0, 0)
    assert status.last_error is None


def test_an_overrun_is_a_gap_of_the_estimated_length() -> None:
    with listening("hear(0, 100)\nhear(100, 100, 37)\nwait_for_the_end()") as capture:
        first, second = capture.next_block(), capture.next_block()
        status = capture.thread.status
    assert (first.first_sample, len(first.samples)) == (0, 100)
    assert (second.first_sample, second.gap_before) == (137, True)
    assert (status.overruns, status.gaps) == (1, 1)


def test_a_child_that_dies_leaves_a_gap_and_is_followed_by_another() -> None:
    with listening("hear(0, 100)\nsys.exit('the device went away')") as capture:
        first, second = capture.next_block(), capture.next_block()
        status = capture.wait_until(lambda status: status.state is CaptureState.LOST)
    assert second.gap_before
    assert second.first_sample > first.first_sample + len(first.samples)
    assert status.restarts >= 1
    assert status.gaps >= 1
    assert "the device went away" in str(status.last_error)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("say(Failed('the device is busy'))", "the device is busy"),
        ("sys.stdout.write('ALSA lib chatter'); sys.exit()", "not a frame"),
        ("say(Opened(44100, 'fake'))", "44100 Hz"),
        ("raise SystemExit('no PortAudio')", "no PortAudio"),
    ],
)
def test_a_child_that_fails_is_lost_for_its_reason(script: str, reason: str) -> None:
    with listening(script) as capture:
        status = capture.wait_until(lambda status: status.state is CaptureState.LOST)
        assert reason in str(status.last_error)
        assert status.last_audio_s is None


@pytest.mark.parametrize("script", ["", "hear(0, 100)\n"])
def test_a_child_that_falls_silent_is_replaced(script: str) -> None:
    timing = CaptureTiming(back_off=AT_ONCE, opening_s=0.5, silence_s=0.05)
    with listening(f"{script}wait_for_the_end()", timing) as capture:
        status = capture.wait_until(lambda status: status.restarts >= 1)
        assert "no sound arrived" in str(status.last_error)


def test_stopping_does_not_wait_for_the_next_attempt() -> None:
    never = CaptureTiming(back_off=BackOff(first_s=3600, longest_s=3600))
    with listening("say(Failed('no'))", never) as capture:
        capture.wait_until(lambda status: status.state is CaptureState.LOST)
    assert capture.ring.closed


def test_stopping_leaves_no_process_and_is_no_loss() -> None:
    with listening("hear(0, 100)\nwait_for_the_end()") as capture:
        capture.next_block()
        process = capture.thread._child
        assert process is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
    assert capture.thread.status.state is CaptureState.HEALTHY
    assert capture.thread.status.last_error is None


def test_listening_can_resume_within_ten_seconds() -> None:
    timing = CaptureTiming()
    assert timing.opening_s + timing.back_off.longest_s < 10


def test_sound_of_another_microphone_is_a_loss_until_the_right_one_is_heard_again() -> None:
    pulse = replace(SPEC, device="pulse:attic")
    script = "hear(0, 100)\nsay(Moved('cellar'))\nhear(100, 100)\nwait_for_the_end()"
    with listening(script, spec=pulse) as capture:
        status = capture.wait_until(lambda status: status.state is CaptureState.LOST)
        assert status.wrong_device
        assert "cellar instead of attic" in str(status.last_error)
    assert capture.heard == 100


def test_why_it_was_lost_stays_known_over_attempts_in_vain(tmp_path: Path) -> None:
    command = changing_child(tmp_path, first="say(Moved('cellar'))", later="say(Failed('gone'))")
    with listening(command) as capture:
        status = capture.wait_until(lambda status: status.last_error == "gone")
        assert status.wrong_device


def test_the_right_microphone_heard_again_ends_the_wrong_one(tmp_path: Path) -> None:
    again = "hear(0, 100)\nwait_for_the_end()"
    with listening(changing_child(tmp_path, first="say(Moved('cellar'))", later=again)) as capture:
        status = capture.wait_until(lambda status: status.state is CaptureState.HEALTHY)
        assert not status.wrong_device
        assert status.restarts == 1


def test_the_child_is_told_what_to_open() -> None:
    assert SPEC.device in child_command(SPEC)[-1]
    pulse = MicrophoneSpec(device="pulse:attic", channel=None, n_channels=1, sample_rate_hz=RATE_HZ)
    assert child_environment(pulse)["PULSE_SOURCE"] == "attic"
    assert child_environment(SPEC) == dict(os.environ)


def test_a_rate_that_is_not_the_claimed_one_is_measured_and_complained_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # One sample at a time, every hundredth of a second: never as many as the rate claims.
    script = "n = 0\nwhile True: hear(n, 1); n += 1; time.sleep(0.01)"
    with listening(script, replace(QUICK, rate_s=0.05)) as capture:
        capture.wait_until(lambda status: status.measured_rate_hz is not None)
        capture.heard = 0
        while capture.heard < 30:
            capture.wait_until(lambda _: True)
        status = capture.thread.status
    assert status.measured_rate_hz is not None
    assert status.measured_rate_hz < RATE_HZ / 2
    assert caplog.text.count("though it claims 8000") == 1
