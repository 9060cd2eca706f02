"""A replay shared among processes, one session each at a time; what it says and its order stay.

A worker writes the records of a session to a file and gives it its name when it is complete, so
that whoever reads finds all of it or nothing. At most twice as many sessions as there are workers
are ahead of the one that is told, so that memory and disk hold no more than those.
"""

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Self

from asd_monitor.models.errors import AsdMonitorError
from asd_monitor.models.recordings import Session
from asd_monitor.monitor.replay.protocol import Finished, Job, Progress, Setup, decode_reply, encode
from asd_monitor.monitor.replay.record_file import read_records
from asd_monitor.monitor.replay.replay import Record

AHEAD = 2
COMMAND = (sys.executable, "-m", "asd_monitor.monitor.replay.worker")
_LOOK_S = 0.2


def shared_replay(
    sessions: Sequence[Session],
    setup: Setup,
    *,
    jobs: int,
    name: Callable[[Session], Path],
    keep: bool,
    judged: Callable[[float], None],
    stop: threading.Event,
) -> Iterator[Record]:
    """Judge sessions in processes of their own.

    Args:
        sessions: in the order in which they are told.
        setup: how to judge.
        jobs: processes at a time, at least 1.
        name: the file of a session's records; where it is there already, it is believed.
        keep: whether to leave the files when they have been told.
        judged: told of seconds that have been judged, from any thread.
        stop: ends it between two records.

    Yields:
        The records that judging one session after the other would give.

    Raises:
        AsdMonitorError: a worker ended unexpectedly or could not write its file.
    """
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(jobs, thread_name_prefix="replay"))
        workers: SimpleQueue[_Worker] = SimpleQueue()
        for _ in range(jobs):
            workers.put(stack.enter_context(_Worker(setup, judged)))

        def judge(session: Session) -> Path:
            path = name(session)
            if path.exists():
                judged(sum(recording.duration_s for recording in session))
                return path
            worker = workers.get()
            try:
                worker.do(Job(session=session, records=path))
            finally:
                workers.put(worker)
            return path

        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        for path in _in_order(pool, judge, sessions, ahead=AHEAD * jobs, stop=stop):
            yield from read_records(path)
            if not keep:
                path.unlink()


def _in_order(
    pool: ThreadPoolExecutor,
    judge: Callable[[Session], Path],
    sessions: Sequence[Session],
    *,
    ahead: int,
    stop: threading.Event,
) -> Iterator[Path]:
    waiting: deque[Future[Path]] = deque()
    for session in sessions:
        waiting.append(pool.submit(judge, session))
        if len(waiting) == ahead:
            yield from _result(waiting.popleft(), stop)
        if stop.is_set():
            return
    while waiting and not stop.is_set():
        yield from _result(waiting.popleft(), stop)


def _result(future: "Future[Path]", stop: threading.Event) -> Iterator[Path]:
    """The result, or nothing where the replay is stopped before there is one."""
    while not stop.is_set():
        try:
            yield future.result(_LOOK_S)
        except NotYet:
            continue
        return


class _Worker:
    """A process that judges one session at a time; a context manager that ends it at once."""

    def __init__(self, setup: Setup, judged: Callable[[float], None]) -> None:
        self._setup = setup
        self._judged = judged

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
        )
        self._send(encode(self._setup))
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def do(self, job: Job) -> None:
        """Judge a session; returns when its records are written."""
        self._send(encode(job))
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        for line in self._process.stdout:
            match decode_reply(line):
                case Progress(seconds=seconds):
                    self._judged(seconds)
                case Finished(error=None):
                    return
                case Finished(error=error):
                    raise AsdMonitorError(f"the replay cannot go on: {error}")
        raise AsdMonitorError(
            f"a process of the replay ended while it judged {job.session[0].path}; "
            "is there enough memory? Fewer at a time: --jobs 1"
        )

    def _send(self, line: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except BrokenPipeError:
            # It has ended; whoever waits for its reply is told so.
            return
