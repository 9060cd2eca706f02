"""A process that judges some of the sessions of a replay: lines in, lines and record files out.

It has a process group of its own, so that Ctrl-C reaches the parent alone, and ends when the parent
does: nobody sends or reads its lines then.
"""

import signal
import sys
import time
from typing import IO

from asd_monitor.calibrate.calibration import load_calibration
from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import load_bundle
from asd_monitor.models.files import writing_atomically
from asd_monitor.monitor.replay.protocol import (
    Finished,
    Job,
    Progress,
    Reply,
    Setup,
    decode_job,
    decode_setup,
    encode,
)
from asd_monitor.monitor.replay.record_file import write_records
from asd_monitor.monitor.replay.replay import Replay

PROGRESS_INTERVAL_S = 0.5


class _Teller:
    """Tells the parent how many seconds have been judged, now and then."""

    def __init__(self, replies: IO[bytes]) -> None:
        self._replies = replies
        self._seconds = 0.0
        self._told_s = time.monotonic()

    def heard(self, block: AudioBlock) -> None:
        self._seconds += len(block.samples) / block.sample_rate_hz
        if time.monotonic() - self._told_s >= PROGRESS_INTERVAL_S:
            self.progress()

    def progress(self) -> None:
        self.tell(Progress(self._seconds))
        self._seconds, self._told_s = 0.0, time.monotonic()

    def tell(self, reply: Reply) -> None:
        self._replies.write(encode(reply))
        self._replies.flush()


def work(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Do jobs until there are no more; the body of the process."""
    teller = _Teller(replies)
    replay = _replay(decode_setup(requests.readline()), teller)
    for line in requests:
        teller.tell(_finished(replay, decode_job(line), teller))


def _replay(setup: Setup, teller: _Teller) -> Replay:
    return Replay(
        load_bundle(setup.bundle),
        load_calibration(setup.calibration),
        setup.identity,
        channel=setup.channel,
        before_block=teller.heard,
    )


def _finished(replay: Replay, job: Job, teller: _Teller) -> Finished:
    try:
        with writing_atomically(job.records) as file:
            write_records(file, replay.session(job.session))
    except OSError as error:
        return Finished(f"{job.records} cannot be written: {error.strerror or error}")
    teller.progress()
    return Finished()


def _leave(*_: object) -> None:
    """End by an exception, so that the file of the session that is being judged is removed."""
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    work(sys.stdin.buffer, sys.stdout.buffer)
