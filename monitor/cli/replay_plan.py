"""How a replay is done: here, one session after the other, or shared among processes."""

import hashlib
import math
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from asd_monitor.calibrate.calibration import Calibration, load_calibration
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle, load_bundle
from asd_monitor.models.cores import n_cores
from asd_monitor.models.errors import AudioError, ConfigurationError
from asd_monitor.models.recordings import Recording, Session, group_sessions, open_recording
from asd_monitor.monitor.alarms import Identity
from asd_monitor.monitor.events import Origin
from asd_monitor.monitor.folders import ModelFiles
from asd_monitor.monitor.replay.protocol import Job, Setup, encode
from asd_monitor.monitor.replay.replay import ErrorRecord, Record, Replay
from asd_monitor.monitor.replay.shared import shared_replay

REAL_TIME_BLOCK_S = 0.1

WORTH_A_PROCESS_S = 600.0
"""Sound that is judged while a process starts; for less none is started."""


def open_all(paths: Sequence[Path]) -> tuple[list[Recording], list[ErrorRecord]]:
    """Open recordings; those that cannot be opened are told of."""
    recordings, errors = [], []
    for path in paths:
        try:
            recordings.append(open_recording(path))
        except AudioError as error:
            errors.append(ErrorRecord(str(path), str(error)))
    return recordings, errors


def total_s(recordings: Sequence[Recording]) -> float:
    """Length of all of them."""
    return math.fsum(recording.duration_s for recording in recordings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Who judges recordings.

    Attributes:
        files: where the model is kept.
        bundle: the trained detector.
        calibration: of that bundle.
        identity: who speaks about what, in events.
        channel: counted from 0; None mixes all channels.
    """

    files: ModelFiles
    bundle: Bundle
    calibration: Calibration
    identity: Identity
    channel: int | None

    @classmethod
    def of(cls, files: ModelFiles, *, machine: str, channel: int | None) -> Self:
        """Load a model.

        Raises:
            BundleError: the bundle cannot be used.
            CalibrationError: the calibration cannot be used.
        """
        bundle, calibration = load_bundle(files.bundle), load_calibration(files.calibration)
        identity = Identity(
            node=socket.gethostname().split(".")[0],
            machine=machine,
            model=bundle.fingerprint,
            calibration=calibration.created_at,
            source=Origin.REPLAY,
        )
        return cls(
            files=files,
            bundle=bundle,
            calibration=calibration,
            identity=identity,
            channel=channel,
        )

    @property
    def setup(self) -> Setup:
        """The same for another process."""
        return Setup(
            bundle=self.files.bundle.absolute(),
            calibration=self.files.calibration.absolute(),
            identity=self.identity,
            channel=self.channel,
        )


def records_of(
    judge: Judge,
    recordings: Sequence[Recording],
    *,
    in_real_time: bool,
    jobs_wanted: int | None,
    resume: Path | None,
    judged: Callable[[float], None],
    stop: threading.Event,
) -> Generator[Record, None, None]:
    """Judge recordings, here or in processes of their own.

    Args:
        judge: who judges them.
        recordings: to judge.
        in_real_time: as slowly as they were recorded, and here.
        jobs_wanted: processes; None for as many as pay.
        resume: folder of what was judged before an interruption and will be; None for none.
        judged: told of seconds that have been judged, from any thread.
        stop: ends it.

    Raises:
        CalibrationError: the calibration was made for another bundle.
        ConfigurationError: ``resume`` cannot be made or written to.
    """
    sessions = group_sessions(recordings)
    jobs = 1 if in_real_time else _n_jobs(jobs_wanted, sessions)
    if jobs > 1 or resume is not None:
        return _shared(judge.setup, sessions, jobs=jobs, resume=resume, judged=judged, stop=stop)
    replay = Replay(
        judge.bundle,
        judge.calibration,
        judge.identity,
        channel=judge.channel,
        block_s=REAL_TIME_BLOCK_S if in_real_time else None,
        before_block=_Pacer(stop, judged)
        if in_real_time
        else lambda block: judged(_length_s(block)),
    )
    return _here(replay, sessions)


class _Pacer:
    """Waits until a block would have been heard."""

    def __init__(self, stop: threading.Event, judged: Callable[[float], None]) -> None:
        self._stop = stop
        self._judged = judged
        self._due_s = time.monotonic()

    def __call__(self, block: AudioBlock) -> None:
        self._due_s += _length_s(block)
        self._stop.wait(max(0.0, self._due_s - time.monotonic()))
        self._judged(_length_s(block))


def _length_s(block: AudioBlock) -> float:
    return len(block.samples) / block.sample_rate_hz


def _n_jobs(wanted: int | None, sessions: Sequence[Session]) -> int:
    """Processes to share a replay among: all cores where that pays, or as many as are wanted."""
    if wanted is not None:
        return min(wanted, max(1, len(sessions)))
    worth = math.ceil(sum(map(total_s, sessions)) / WORTH_A_PROCESS_S)
    return max(1, min(n_cores(), len(sessions), worth))


def _here(replay: Replay, sessions: Sequence[Session]) -> Generator[Record, None, None]:
    """Judge one session after the other, in this process."""
    for session in sessions:
        yield from replay.session(session)


def _shared(
    setup: Setup,
    sessions: Sequence[Session],
    *,
    jobs: int,
    resume: Path | None,
    judged: Callable[[float], None],
    stop: threading.Event,
) -> Generator[Record, None, None]:
    """Judge in processes of their own; see `records_of`."""
    with ExitStack() as stack:
        folder = (
            _made(resume)
            if resume
            else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="asd-monitor-")))
        )
        yield from shared_replay(
            sessions,
            setup,
            jobs=jobs,
            name=lambda session: folder / f"{_key(setup, session)}.jsonl",
            keep=resume is not None,
            judged=judged,
            stop=stop,
        )


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"--resume: {folder} cannot be made: {error.strerror or error}"
        ) from error
    return folder


def _key(setup: Setup, session: Session) -> str:
    """What the records of a session depend on: who judges, by what, and files that are unchanged.

    A file's modification time to the nanosecond stands for its content.
    """
    parts = [encode(Job(session=session, records=Path())), encode(setup)]
    parts += [str(recording.path.stat().st_mtime_ns).encode() for recording in session]
    parts += [hashlib.sha256(setup.calibration.read_bytes()).digest()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:40]
