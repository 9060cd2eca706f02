"""Recording: blocks of a source become short clips on disk that know where they belong."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from ulid import ULID

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.chunks import Chunks
from asd_monitor.models.quality import measure
from asd_monitor.models.recording_writer import write_recording
from asd_monitor.monitor.source import Source

CLIP_S = 10


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecordedClip:
    """What becomes one file.

    Attributes:
        samples: float32 ``(n_samples,)``.
        sample_rate_hz: their rate.
        session: id of the recording session.
        first_sample: position of ``samples[0]``, counted from the beginning of the source.
        recorded_at: UTC time of ``samples[0]``.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    session: str
    first_sample: int
    recorded_at: datetime

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingProgress:
    """What a level meter shows.

    Attributes:
        recorded_s: seconds of sound recorded so far, written or about to be.
        level_dbfs: level of the latest block; None while no sound arrives.
    """

    recorded_s: float
    level_dbfs: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSummary:
    """What a recording came to.

    Attributes:
        files: clips written, in order.
        recorded_s: seconds of sound in them.
        sessions: recording sessions they belong to; more than one where there were gaps.
    """

    files: tuple[Path, ...]
    recorded_s: float
    sessions: int


class SessionCutter:
    """Cuts one recording session into clips of `CLIP_S` seconds: a fold over its blocks.

    Args:
        first: the session's first block, which is still to be pushed.
        session: the session's id.
    """

    def __init__(self, first: AudioBlock, *, session: str) -> None:
        self._session = session
        self._sample_rate_hz = first.sample_rate_hz
        self._next_sample = first.first_sample
        self._anchor = first
        self._chunks = Chunks(CLIP_S * first.sample_rate_hz)

    def push(self, block: AudioBlock) -> list[RecordedClip]:
        """Take a block; return the clips that are complete now."""
        clips = [self._clip(samples) for samples in self._chunks.push(block.samples)]
        self._anchor = block
        return clips

    def finish(self) -> list[RecordedClip]:
        """Return the last clip, which is shorter, where there is one."""
        rest = self._chunks.finish()
        return [self._clip(rest)] if len(rest) else []

    def _clip(self, samples: NDArray[np.float32]) -> RecordedClip:
        # Dated from the block before, not from the session's first: sound-card clocks drift.
        since_anchor = self._next_sample - self._anchor.first_sample
        clip = RecordedClip(
            samples=samples,
            sample_rate_hz=self._sample_rate_hz,
            session=self._session,
            first_sample=self._next_sample,
            recorded_at=self._anchor.captured_at
            + timedelta(seconds=since_anchor / self._sample_rate_hz),
        )
        self._next_sample += len(samples)
        return clip


def cut_sessions(
    blocks: Iterator[AudioBlock], new_session: Callable[[], str]
) -> Iterator[RecordedClip]:
    """Cut blocks into clips; a gap begins a new session, and no clip spans one."""
    cutter: SessionCutter | None = None
    for block in blocks:
        if cutter is None or block.gap_before:
            if cutter is not None:
                yield from cutter.finish()
            cutter = SessionCutter(block, session=new_session())
        yield from cutter.push(block)
    if cutter is not None:
        yield from cutter.finish()


def record(
    source: Source,
    folder: Path,
    *,
    duration_s: float,
    stop: threading.Event,
    suffix: str = ".flac",
    on_progress: Callable[[RecordingProgress], None] = lambda _: None,
) -> RecordingSummary:
    """Write a source's sound to clips in a folder until there is enough of it.

    Args:
        source: where the sound comes from.
        folder: made where missing.
        duration_s: seconds of sound to record, gaps not counted.
        stop: ends the recording early; what was heard so far is kept.
        suffix: ``.flac`` or ``.wav``.
        on_progress: told after every block, and about every half second without one.

    Raises:
        OSError: the folder cannot be made or is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files, sessions, recorded_s = [], set(), 0.0
    with contextlib.closing(source.blocks(stop)) as blocks:
        enough = take(blocks, duration_s=duration_s, on_progress=on_progress)
        for clip in cut_sessions(enough, lambda: str(ULID())):
            files.append(_write(clip, folder, suffix))
            sessions.add(clip.session)
            recorded_s += clip.duration_s
    return RecordingSummary(files=tuple(files), recorded_s=recorded_s, sessions=len(sessions))


def take(
    blocks: Iterator[AudioBlock | None],
    *,
    duration_s: float,
    on_progress: Callable[[RecordingProgress], None],
) -> Iterator[AudioBlock]:
    """Pass on blocks until they add up to a duration, the last one cut to fit."""
    recorded_s = 0.0
    for block in blocks:
        if block is None:
            on_progress(RecordingProgress(recorded_s=recorded_s, level_dbfs=None))
            continue
        n_left = round((duration_s - recorded_s) * block.sample_rate_hz)
        fitting = replace(block, samples=block.samples[:n_left])
        recorded_s += len(fitting.samples) / block.sample_rate_hz
        on_progress(RecordingProgress(recorded_s=recorded_s, level_dbfs=level_dbfs(fitting)))
        yield fitting
        if n_left <= len(block.samples):
            return


def level_dbfs(block: AudioBlock) -> float:
    """Root mean square of a block in dB relative to full scale."""
    return measure(block.samples, sample_rate_hz=block.sample_rate_hz).level_dbfs


def file_name(recorded_at: datetime, suffix: str) -> str:
    """The name of a clip: when it was recorded, in UTC, to the millisecond."""
    utc = recorded_at.astimezone(UTC)
    return f"{utc:%Y%m%dT%H%M%S}.{utc.microsecond // 1000:03d}Z{suffix}"


def _write(clip: RecordedClip, folder: Path, suffix: str) -> Path:
    path = _free_path(clip.recorded_at, folder, suffix)
    write_recording(
        path,
        clip.samples,
        sample_rate_hz=clip.sample_rate_hz,
        session=clip.session,
        first_sample=clip.first_sample,
        recorded_at=clip.recorded_at,
    )
    return path


def _free_path(recorded_at: datetime, folder: Path, suffix: str) -> Path:
    """A name no file has yet: a clock that was set back must not cost a recording."""
    while (path := folder / file_name(recorded_at, suffix)).exists():
        recorded_at += timedelta(milliseconds=1)
    return path
