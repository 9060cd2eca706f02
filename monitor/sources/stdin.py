"""Raw samples on standard input, from whatever program can record."""

import fcntl
import logging
import os
import select
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Final, Self

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import AudioError
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.liveness import LOST_AFTER_S
from asd_monitor.monitor.pcm import PcmDecoder, PcmFormat
from asd_monitor.monitor.source import TICK_S, CaptureState, CaptureStatus

logger = logging.getLogger(__name__)

STANDARD_INPUT: Final = 0
_PIPE_BYTES: Final = 1 << 20
"""As much as Linux lets anybody ask for: half a minute of 16 kHz in 16 bits."""


class Stdin:
    """Raw PCM from a pipe or a file on standard input, until it ends.

    Nothing is ever thrown away here: sound that waits stays in the pipe, and a program that cannot
    wait loses it on its own account, which nobody can see. A pause in which the machine counts as
    lost ends the recording session.

    Args:
        pcm_format: of the bytes.
        sample_rate_hz: rate of the samples.
        n_channels: how many channels take turns.
        channel: channel to listen to, counted from 0; the mean of all where None.
        descriptor: the open file to read.

    Raises:
        AudioError: there is no such channel.
    """

    kind: ClassVar[str] = "stdin"

    def __init__(
        self,
        *,
        pcm_format: PcmFormat,
        sample_rate_hz: int,
        n_channels: int,
        channel: int | None,
        descriptor: int = STANDARD_INPUT,
    ) -> None:
        if channel is not None and channel >= n_channels:
            raise AudioError(
                f"standard input has no channel {channel}; it has {n_channels}, counted from 0."
            )
        self._decoder = PcmDecoder(pcm_format, n_channels=n_channels, channel=channel)
        self._rate_hz = sample_rate_hz
        self._descriptor = descriptor
        self._position = 0
        self._status = CaptureStatus(
            state=CaptureState.STARTING,
            name=f"standard input ({pcm_format}, {sample_rate_hz} Hz, {n_channels} channels)",
        )

    @classmethod
    def configured(cls, machine: MachineConfig, *, data: Path | None) -> Self:  # noqa: ARG003
        """Samples written as is said there."""
        return cls(
            pcm_format=PcmFormat(machine.format),
            sample_rate_hz=machine.rate_hz,
            n_channels=machine.channels,
            channel=machine.channel,
        )

    @classmethod
    def sought(cls, machine: MachineConfig) -> str | None:  # noqa: ARG003
        """It is always there."""
        return None

    @property
    def status(self) -> CaptureStatus:
        """How the sound arrives, with the seconds that wait in the pipe."""
        return self._status

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:
        """Yield what arrives until the input ends or ``stop`` is set."""
        # Only a pipe can be made larger.
        with suppress(OSError):
            fcntl.fcntl(self._descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        waiting = select.poll()
        waiting.register(self._descriptor, select.POLLIN)
        most_bytes = self._rate_hz * self._decoder.n_frame_bytes
        while not stop.is_set():
            if not waiting.poll(TICK_S * 1000):
                yield None
                continue
            data = os.read(self._descriptor, most_bytes)
            if not data:
                self._end()
                return
            yield self._take(data)

    def _take(self, data: bytes) -> AudioBlock | None:
        samples = self._decoder.feed(data)
        if not len(samples):
            return None
        now_s, last_s = time.monotonic(), self._status.last_audio_s
        duration_s = len(samples) / self._rate_hz
        away_s = 0.0 if last_s is None else now_s - last_s - duration_s
        is_gap = away_s > LOST_AFTER_S
        if is_gap:
            self._position += round(away_s * self._rate_hz)
        block = AudioBlock(
            samples=samples,
            sample_rate_hz=self._rate_hz,
            first_sample=self._position,
            captured_at=utc_now() - timedelta(seconds=duration_s),
            gap_before=is_gap or last_s is None,
        )
        self._position += len(samples)
        self._status = replace(
            self._status,
            state=CaptureState.HEALTHY,
            last_audio_s=now_s,
            gaps=self._status.gaps + is_gap,
        )
        return block

    def _end(self) -> None:
        if self._decoder.n_pending_bytes:
            logger.warning(
                "standard input ended in the middle of a sample; format or channels are wrong"
            )
        logger.info("standard input has ended")
        self._status = replace(self._status, state=CaptureState.ENDED)
