"""A microphone, listened to until told to stop."""

import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import ClassVar, Self

from asd_monitor.models.audio import AudioBlock
from asd_monitor.monitor.capture.capture import CaptureThread
from asd_monitor.monitor.capture.device import MicrophoneSpec, specify
from asd_monitor.monitor.capture.devices import list_devices, resolve
from asd_monitor.monitor.capture.ring import RingBuffer
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.source import TICK_S, CaptureStatus

# How far the reader of the blocks may fall behind before sound is given up. One five times too slow
# still gets stretches of 15 s, in which an event can be confirmed.
BUFFER_S = 60


class Microphone:
    """A microphone as a source.

    Args:
        spec: what to open.
        command: the capture child to run instead of the real one.
    """

    kind: ClassVar[str] = "microphone"

    def __init__(self, spec: MicrophoneSpec, *, command: Sequence[str] | None = None) -> None:
        self.spec = spec
        self._ring = RingBuffer(BUFFER_S * spec.sample_rate_hz, spec.sample_rate_hz)
        self._capture = CaptureThread(spec, self._ring, command=command)

    @classmethod
    def named(cls, wanted: str, *, channel: int | None, sample_rate_hz: int | None = None) -> Self:
        """Find the microphone that a user means; see `asd_monitor.monitor.capture.device.resolve`.

        Args:
            wanted: its name, a part of it, ``hw:1``, ``pulse:SOURCE`` or ``default``.
            channel: channel to listen to, counted from 0; the mean of all where None.
            sample_rate_hz: rate to open it at; its own where None.

        Raises:
            DeviceError: there is none, more than one, or none with that channel.
        """
        device = resolve(list_devices(), wanted)
        return cls(specify(device, channel=channel, sample_rate_hz=sample_rate_hz))

    @classmethod
    def configured(cls, machine: MachineConfig, *, data: Path | None) -> Self:  # noqa: ARG003
        """The microphone that is named there, or the default one."""
        return cls.named(_device(machine), channel=machine.channel)

    @classmethod
    def sought(cls, machine: MachineConfig) -> str | None:
        """A microphone may be plugged in later."""
        return _device(machine)

    @property
    def status(self) -> CaptureStatus:
        """How the microphone is doing now."""
        return self._capture.status

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:
        """Yield what is heard, at most a second at a time, for ever.

        Ends when ``stop`` is set. The microphone is let go when the iterator ends or is closed.
        """
        self._capture.start()
        try:
            while not stop.is_set() and not self._ring.closed:
                yield self._ring.read(self.spec.sample_rate_hz, timeout_s=TICK_S)
        finally:
            self._capture.stop()


def _device(machine: MachineConfig) -> str:
    return machine.device or "default"
