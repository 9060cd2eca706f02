import threading
from collections.abc import Generator
from contextlib import closing
from typing import ClassVar

import pytest

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import DeviceError
from asd_monitor.monitor import awaited
from asd_monitor.monitor.awaited import AwaitedSource
from asd_monitor.monitor.back_off import BackOff
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from tests.support.sounds import blocks, noise

AT_ONCE = BackOff(first_s=0.001, longest_s=0.001)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaited, "TICK_S", 0.01)


class Microphone:
    """Hears a second of noise, and tells whether it was let go."""

    kind: ClassVar[str] = "fake"
    status = CaptureStatus(state=CaptureState.HEALTHY, name="found")

    def __init__(self) -> None:
        self.let_go = False

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:  # noqa: ARG002
        try:
            yield from blocks(noise(16_000))
        finally:
            self.let_go = True


class Drawer:
    """Where the microphone is missing the first few times it is looked for."""

    def __init__(self, *, missing: int) -> None:
        self.missing = missing
        self.looks = 0
        self.microphone = Microphone()

    def find(self) -> Microphone:
        self.looks += 1
        if self.looks <= self.missing:
            raise DeviceError("there is no device 'usb' to record from")
        return self.microphone


def test_it_is_looked_for_until_it_is_there_and_then_heard() -> None:
    drawer = Drawer(missing=3)
    source = AwaitedSource(drawer.find, name="usb", back_off=AT_ONCE)
    assert source.status == CaptureStatus(state=CaptureState.STARTING, name="usb")
    heard = [block for block in source.blocks(threading.Event()) if block is not None]
    assert sum(len(block.samples) for block in heard) == 16_000
    assert drawer.looks == 4
    assert source.status.name == "found"
    assert drawer.microphone.let_go


def test_a_missing_one_is_lost_with_its_reason_and_complained_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    drawer = Drawer(missing=10**9)
    stop = threading.Event()
    source = AwaitedSource(drawer.find, name="usb", back_off=AT_ONCE)
    with closing(source.blocks(stop)) as ticks:
        while drawer.looks < 5:
            assert next(ticks) is None
        assert source.status.state is CaptureState.LOST
        assert source.status.last_error == "there is no device 'usb' to record from"
        stop.set()
        assert next(ticks, "ended") in {None, "ended"}
        assert next(ticks, "ended") == "ended"
    assert caplog.text.count("there is no device") == 1


def test_a_search_that_hangs_delays_neither_ticks_nor_the_end() -> None:
    answers = threading.Event()

    def find() -> Microphone:
        answers.wait()
        return Microphone()

    stop = threading.Event()
    source = AwaitedSource(find, name="usb", back_off=AT_ONCE)
    ticks = source.blocks(stop)
    assert [next(ticks), next(ticks)] == [None, None]
    stop.set()
    assert list(ticks) == []
    answers.set()
