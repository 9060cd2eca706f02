"""A stream from the network, RTSP, HTTP or whatever ffmpeg can open, listened to for ever."""

import os
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import ClassVar, Final, Self

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import DeviceError
from asd_monitor.monitor.capture.capture import CaptureThread, CaptureTiming
from asd_monitor.monitor.capture.device import MicrophoneSpec
from asd_monitor.monitor.capture.process import CaptureProcess
from asd_monitor.monitor.capture.protocol import Message, Sound
from asd_monitor.monitor.capture.ring import RingBuffer
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.ffmpeg import StreamFormat, probe, stream_command
from asd_monitor.monitor.pcm import PcmDecoder, PcmFormat
from asd_monitor.monitor.source import TICK_S, CaptureStatus
from asd_monitor.monitor.sources.microphone import BUFFER_S
from asd_monitor.monitor.stream_address import StreamAddress

TIMING: Final = CaptureTiming(opening_s=20.0)
"""A camera takes its time to answer, and ffmpeg to find out what it is sent."""


class Stream:
    """A stream as a source.

    ffmpeg decodes it in a process of its own, at the stream's own rate and with all its channels.
    Like a microphone's process it is replaced when it ends, or when its newest sound is 3 s old;
    the pauses between two attempts grow to 4 s, and trying never ends.

    Args:
        address: what to open.
        delivers: what it delivers; later connections are converted to that.
        channel: channel to listen to, counted from 0; the mean of all where None.
        command: the program to run instead of ffmpeg.
        timing: when to give up on a connection.

    Raises:
        DeviceError: ffmpeg is missing, or there is no such channel.
    """

    kind: ClassVar[str] = "stream"

    def __init__(
        self,
        address: StreamAddress,
        delivers: StreamFormat,
        *,
        channel: int | None,
        command: Sequence[str] | None = None,
        timing: CaptureTiming = TIMING,
    ) -> None:
        rate_hz, n_channels = delivers.sample_rate_hz, delivers.n_channels
        if channel is not None and channel >= n_channels:
            raise DeviceError(
                f"{address.shown} has no channel {channel}; it has {n_channels}, counted from 0"
            )
        self._address = address
        self._rate_hz = rate_hz
        self._n_channels = n_channels
        self._channel = channel
        self._command = command or stream_command(address, delivers)
        self._ring = RingBuffer(BUFFER_S * rate_hz, rate_hz)
        spec = MicrophoneSpec(
            device=address.shown, channel=channel, n_channels=n_channels, sample_rate_hz=rate_hz
        )
        self._capture = CaptureThread(spec, self._ring, timing=timing, open_child=self._open_child)

    @classmethod
    def at(cls, address: StreamAddress, *, channel: int | None) -> Self:
        """Connect once to find out what an address delivers.

        Raises:
            DeviceError: ffmpeg is missing, nobody answers, or there is no sound or no such channel.
        """
        return cls(address, probe(address), channel=channel)

    @classmethod
    def configured(cls, machine: MachineConfig, *, data: Path | None) -> Self:  # noqa: ARG003
        """Connect to the address that is written there, or in the file named there."""
        return cls.at(machine.stream_address(), channel=machine.channel)

    @classmethod
    def sought(cls, machine: MachineConfig) -> str | None:
        """A camera may be switched on later."""
        return machine.stream_address().shown

    @property
    def status(self) -> CaptureStatus:
        """How the stream is doing now."""
        return self._capture.status

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:
        """Yield what is heard, at most a second at a time, for ever.

        Ends when ``stop`` is set. The connection is closed when the iterator ends or is closed.
        """
        self._capture.start()
        try:
            while not stop.is_set() and not self._ring.closed:
                yield self._ring.read(self._rate_hz, timeout_s=TICK_S)
        finally:
            self._capture.stop()

    def _open_child(self) -> CaptureProcess:
        pcm = PcmDecoder(PcmFormat.FLOAT_LE, n_channels=self._n_channels, channel=self._channel)
        return CaptureProcess(
            self._command,
            os.environ,
            decoder=_StreamDecoder(pcm, sample_rate_hz=self._rate_hz),
            hide=self._address.hide,
        )


class _StreamDecoder:
    """What ffmpeg writes as the messages of a capture child; it was heard when it arrives."""

    def __init__(self, pcm: PcmDecoder, *, sample_rate_hz: int) -> None:
        self._pcm = pcm
        self._rate_hz = sample_rate_hz

    def feed(self, data: bytes) -> list[Message]:
        samples = self._pcm.feed(data)
        if not len(samples):
            return []
        begun_ns = time.time_ns() - round(len(samples) / self._rate_hz * 1e9)
        return [Sound(samples, begun_ns, 0)]
