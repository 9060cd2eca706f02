import threading
from contextlib import closing

from asd_monitor.models.audio import AudioBlock
from asd_monitor.monitor.capture.device import MicrophoneSpec
from asd_monitor.monitor.source import CaptureState
from asd_monitor.monitor.sources.microphone import Microphone
from tests.support.capture_children import RATE_HZ, child

SPEC = MicrophoneSpec(device="fake", channel=0, n_channels=1, sample_rate_hz=RATE_HZ)


def test_blocks_continue_each_other_and_the_first_begins_a_session() -> None:
    script = "for n in range(30): hear(800 * n, 800)\nwait_for_the_end()"
    microphone = Microphone(SPEC, command=child(script))
    with closing(microphone.blocks(threading.Event())) as blocks:
        heard: list[AudioBlock] = []
        while sum(len(block.samples) for block in heard) < 30 * 800:
            block = next(blocks)
            if block is not None:
                heard.append(block)
    assert [block.gap_before for block in heard] == [True] + [False] * (len(heard) - 1)
    assert all(len(block.samples) <= RATE_HZ for block in heard)
    assert [block.samples[0] for block in heard] == [block.first_sample for block in heard]


def test_silence_is_told_by_ticks() -> None:
    microphone = Microphone(SPEC, command=child("wait_for_the_end()"))
    with closing(microphone.blocks(threading.Event())) as blocks:
        assert next(blocks) is None
        assert microphone.status.state is CaptureState.STARTING


def test_what_waits_to_be_read_is_known() -> None:
    microphone = Microphone(SPEC, command=child("wait_for_the_end()"))
    assert microphone.status.behind_s == 0


def test_setting_stop_ends_the_blocks() -> None:
    stop = threading.Event()
    microphone = Microphone(SPEC, command=child("hear(0, 100)\nwait_for_the_end()"))
    blocks = microphone.blocks(stop)
    while next(blocks) is None:
        pass
    stop.set()
    assert list(blocks) == []
