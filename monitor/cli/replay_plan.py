"""How a replay is done: here, one session after the other, or shared among processes."""

import hashlib
import math
import os
import tempfile
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from pathlib import Path

from asd_monitor.models.errors import AudioError, ConfigurationError
from asd_monitor.models.recordings import Recording, Session, group_sessions, open_recording
from asd_monitor.monitor.replay.protocol import Job, Setup, encode
from asd_monitor.monitor.replay.replay import ErrorRecord, Record, Replay
from asd_monitor.monitor.replay.shared import shared_replay

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


def n_jobs(wanted: int | None, sessions: Sequence[Session]) -> int:
    """Processes to share a replay among: all cores where that pays, or as many as are wanted."""
    if wanted is not None:
        return min(wanted, max(1, len(sessions)))
    worth = math.ceil(sum(map(total_s, sessions)) / WORTH_A_PROCESS_S)
    return max(1, min(len(os.sched_getaffinity(0)), len(sessions), worth))


def here(replay: Replay, recordings: Sequence[Recording]) -> Generator[Record, None, None]:
    """Judge one session after the other, in this process."""
    for session in group_sessions(recordings):
        yield from replay.session(session)


def shared(
    setup: Setup,
    recordings: Sequence[Recording],
    *,
    jobs: int,
    resume: Path | None,
    judged: Callable[[float], None],
    stop: threading.Event,
) -> Generator[Record, None, None]:
    """Judge in processes of their own.

    Args:
        setup: how to judge.
        recordings: to judge.
        jobs: processes.
        resume: folder of what was judged before an interruption and will be; None for none.
        judged: told of seconds that have been judged.
        stop: ends it.

    Raises:
        ConfigurationError: ``resume`` cannot be made or written to.
    """
    with ExitStack() as stack:
        folder = (
            _made(resume)
            if resume
            else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="asd-monitor-")))
        )
        yield from shared_replay(
            group_sessions(recordings),
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
