"""Recordings, played as if they were heard now or as fast as they can be read."""

import math
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import ClassVar, Self

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import AudioError
from asd_monitor.models.recordings import (
    Recording,
    find_recordings,
    group_sessions,
    open_recording,
    read_session,
)
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.source import CaptureState, CaptureStatus

REAL_TIME_BLOCK_S = 0.1
FAST_BLOCK_S = 1.0


class Files:
    """Recordings as a source: session after session, in the order of their names.

    Positions count on from session to session, so that the source has one time line; a session's
    own positions begin where the one before it ended.

    Args:
        paths: recordings and folders of them.
        channel: channel to listen to, counted from 0; the mean of all where None.
        real_time: whether a block is given out when its last sample is due, rather than at once;
            its date is then that of its being played, not that of the recording.
        on_unreadable: told of a recording that cannot be read, which is then left out; without
            it the error is raised.

    Raises:
        AudioError: a path does not exist or holds no recording, or one cannot be read.
    """

    kind: ClassVar[str] = "files"

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        channel: int | None,
        real_time: bool = False,
        on_unreadable: Callable[[AudioError], None] | None = None,
    ) -> None:
        self._channel = channel
        self._real_time = real_time
        self._on_unreadable = on_unreadable
        self._sessions = group_sessions(self._open(find_recordings(paths)))
        self._status = CaptureStatus(
            state=CaptureState.STARTING, name=", ".join(str(path) for path in paths)
        )

    @classmethod
    def configured(cls, machine: MachineConfig, *, data: Path | None) -> Self:  # noqa: ARG003
        """The recordings that are named there."""
        return cls(machine.paths, channel=machine.channel, real_time=machine.speed == "1")

    @classmethod
    def sought(cls, machine: MachineConfig) -> str | None:  # noqa: ARG003
        """They have to be there."""
        return None

    @property
    def status(self) -> CaptureStatus:
        """How far it is: starting, healthy while it plays, ended."""
        return self._status

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:
        """Yield the recordings until they end or ``stop`` is set."""
        blocks = self._on_time_line()
        for block in self._paced(blocks, stop) if self._real_time else blocks:
            if stop.is_set():
                break
            self._status = replace(
                self._status, state=CaptureState.HEALTHY, last_audio_s=time.monotonic()
            )
            yield block
        self._status = replace(self._status, state=CaptureState.ENDED)

    def _open(self, paths: Sequence[Path]) -> list[Recording]:
        recordings = []
        for path in paths:
            try:
                recordings.append(open_recording(path))
            except AudioError as error:
                self._report(error)
        return recordings

    def _report(self, error: AudioError) -> None:
        if self._on_unreadable is None:
            raise error
        self._on_unreadable(error)

    def _on_time_line(self) -> Iterator[AudioBlock]:
        """Every session on the one time line of the source."""
        ended_s = Fraction(0)
        for session in self._sessions:
            begun_s = ended_s
            try:
                for block in shifted(self._read(session), begun_s):
                    end_sample = block.first_sample + len(block.samples)
                    ended_s = Fraction(end_sample, block.sample_rate_hz)
                    yield block
            except AudioError as error:
                self._report(error)

    def _read(self, session: Sequence[Recording]) -> Iterator[AudioBlock]:
        block_s = REAL_TIME_BLOCK_S if self._real_time else FAST_BLOCK_S
        return read_session(session, channel=self._channel, block_s=block_s)

    def _paced(self, blocks: Iterator[AudioBlock], stop: threading.Event) -> Iterator[AudioBlock]:
        """Every block when its last sample is due, dated now."""
        begun_s, begun_at = time.monotonic(), datetime.now(UTC)
        for block in blocks:
            position_s = block.first_sample / block.sample_rate_hz
            due_s = begun_s + position_s + len(block.samples) / block.sample_rate_hz
            stop.wait(max(0.0, due_s - time.monotonic()))
            yield replace(block, captured_at=begun_at + timedelta(seconds=position_s))


def shifted(blocks: Iterator[AudioBlock], begun_s: Fraction) -> Iterator[AudioBlock]:
    """Shift the positions of a session's blocks so that it begins ``begun_s`` into the source.

    Never earlier: the position is rounded up where the session's rate is another.
    """
    shift = None
    for block in blocks:
        if shift is None:
            shift = math.ceil(begun_s * block.sample_rate_hz) - block.first_sample
        yield replace(block, first_sample=block.first_sample + shift)
