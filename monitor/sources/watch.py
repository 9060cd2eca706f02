"""Folders into which a recorder drops files: each is heard once it is complete."""

import logging
import os
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import ClassVar, Final, Self

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.errors import AudioError
from asd_monitor.models.recordings import (
    Recording,
    group_sessions,
    looks_like_recording,
    natural_order,
    open_recording,
    read_blocks,
)
from asd_monitor.monitor.arrivals import Arrivals, Sighting, still_worth_knowing
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.folders import MachineFolder
from asd_monitor.monitor.source import TICK_S, CaptureState, CaptureStatus
from asd_monitor.monitor.sources.files import shifted
from asd_monitor.monitor.watch_memory import WatchMemory
from asd_monitor.monitor.writers import is_being_written

logger = logging.getLogger(__name__)

SETTLE_S: Final = 2.0
PAUSE_S: Final = 300.0
_GIVEN_UP_AFTER_S: Final = 60.0


class Watch:
    """New recordings in folders, in natural order of their names, as fast as they can be judged.

    The folders are looked through twice a second rather than watched by inotify(7), which does not
    see what another computer writes to a network share, where recorders like to write. A file is
    complete when it has not changed for 2 s and, where the kernel can say so, no program has it
    open for writing; one that cannot be read even then is tried again for a minute. What lies there
    when a folder is watched for the first time is left alone, for it can be replayed; after that,
    with a memory, what came while nobody watched is judged, and nothing twice. A file counts as
    judged once its last block was taken; one that was broken off is judged again from its
    beginning.

    A file that continues the one before it (see `group_sessions`) continues its session; any other
    begins one. Blocks are dated by their recording, not by their arrival.

    Args:
        folders: where files arrive, at any depth; hidden ones are passed over.
        channel: channel to listen to, counted from 0; the mean of all where None.
        pause_s: longest time without a new recording before the sound counts as lost.
        settle_s: for how long a complete file has not changed.
        memory: knows what former watches have judged; None leaves alone all that is there.

    Raises:
        AudioError: a folder does not exist or cannot be read.
    """

    kind: ClassVar[str] = "watch"

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        channel: int | None,
        pause_s: float = PAUSE_S,
        settle_s: float = SETTLE_S,
        memory: WatchMemory | None = None,
    ) -> None:
        self._folders = folders
        self._channel = channel
        self._pause_s = pause_s
        self._settle_s = settle_s
        self._memory = memory
        self._there_at_first = self._seen()
        self._arrivals: Arrivals | None = None
        self._before: Recording | None = None
        self._ended_s = Fraction(0)
        self._status = CaptureStatus(
            state=CaptureState.STARTING, name=", ".join(str(folder) for folder in folders)
        )

    @classmethod
    def configured(cls, machine: MachineConfig, *, data: Path | None) -> Self:
        """The folders that are named there, and with a folder of data what was judged of them."""
        folder = MachineFolder.of(machine.id, data=data) if data else None
        return cls(
            machine.paths,
            channel=machine.channel,
            pause_s=machine.pause_s,
            memory=WatchMemory(folder.watched, machine.paths) if folder else None,
        )

    @classmethod
    def sought(cls, machine: MachineConfig) -> str | None:  # noqa: ARG003
        """The folders have to be there."""
        return None

    @property
    def status(self) -> CaptureStatus:
        """Starting until the first recording; lost while a folder cannot be read."""
        return self._status

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:
        """Yield each new recording until ``stop`` is set."""
        if self._arrivals is None:
            self._arrivals = self._begin()
        while not stop.is_set():
            for recording in self._arrived(self._arrivals):
                for block in self._read(recording):
                    if stop.is_set():
                        return
                    self._hear()
                    yield block
                self._finish(recording.path, self._arrivals)
            yield None
            stop.wait(TICK_S)

    def _begin(self) -> Arrivals:
        """Know what was judged before; only now, for a former watch may have gone on until now."""
        done = self._there_at_first
        if self._memory is not None:
            recalled = self._memory.recall()
            done = done if recalled is None else still_worth_knowing(recalled, done)
            self._memory.begin(done)
        return Arrivals(done, settle_s=self._settle_s, now_s=time.monotonic())

    def _finish(self, path: Path, arrivals: Arrivals) -> None:
        arrivals.done([path])
        if self._memory is not None:
            self._memory.add(path, done=arrivals.all_done)

    def _arrived(self, arrivals: Arrivals) -> list[Recording]:
        """The recordings that are complete since the last look."""
        now_s = time.monotonic()
        try:
            settled = arrivals.look(self._seen(), now_s=now_s)
        except AudioError as error:
            self._lose(error)
            return []
        if self._status.state is CaptureState.LOST:
            self._status = replace(self._status, state=CaptureState.STARTING)
        paths = sorted(settled, key=natural_order)
        found = [self._open(path, arrivals, now_s=now_s) for path in paths]
        return [recording for recording in found if recording is not None]

    def _open(self, path: Path, arrivals: Arrivals, *, now_s: float) -> Recording | None:
        """A complete file; None where it has to be tried again, or was given up."""
        try:
            if is_being_written(path):
                return None
            return open_recording(path)
        except OSError:
            return None  # it is gone, or its permissions follow
        except AudioError as error:
            if arrivals.unchanged_for_s(path, now_s=now_s) >= _GIVEN_UP_AFTER_S:
                logger.warning("left out: %s", error)
                self._finish(path, arrivals)
            return None

    def _read(self, recording: Recording) -> Generator[AudioBlock, None, None]:
        """A recording on the one time line of the source."""
        before, self._before = self._before, recording
        continues = before is not None and len(group_sessions([before, recording])) == 1
        try:
            blocks = read_blocks(recording, channel=self._channel)
            for index, block in enumerate(shifted(blocks, self._ended_s)):
                end_sample = block.first_sample + len(block.samples)
                self._ended_s = Fraction(end_sample, block.sample_rate_hz)
                yield replace(block, gap_before=index == 0 and not continues)
        except AudioError as error:
            logger.warning("left out: %s", error)
            self._before = None

    def _hear(self) -> None:
        self._status = replace(
            self._status,
            state=CaptureState.HEALTHY,
            last_audio_s=time.monotonic(),
            pause_s=self._pause_s,
        )

    def _lose(self, error: AudioError) -> None:
        if str(error) != self._status.last_error:
            logger.warning("%s", error)
        self._status = replace(
            self._status, state=CaptureState.LOST, last_error=str(error), pause_s=0.0
        )

    def _seen(self) -> dict[Path, Sighting]:
        return {path: sighting for each in self._folders for path, sighting in _files_in(each)}


def _files_in(folder: Path) -> Iterator[tuple[Path, Sighting]]:
    try:
        for top, _, names in os.walk(folder, onerror=_raise):
            for path in (Path(top, name) for name in names):
                if looks_like_recording(path):
                    # A recorder may have renamed or removed it since.
                    with suppress(FileNotFoundError):
                        seen = path.stat()
                        yield path, Sighting(seen.st_size, seen.st_mtime_ns)
    except OSError as error:
        raise AudioError(f"{folder} cannot be read: {error.strerror}.") from error


def _raise(error: OSError) -> None:
    raise error
