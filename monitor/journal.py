"""What is found out about one machine, written down: first in the store, then told to the sinks.

A store that cannot be written for a while (a full disk, a file held by another program) must not
end the listening. Events wait in their order until it can be written again; clip scores of that
time are given up.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Sequence

from asd_monitor.monitor.events import Event
from asd_monitor.monitor.outcome import JudgedClip
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.store.database import ReplacedError
from asd_monitor.monitor.store.store import Store

logger = logging.getLogger(__name__)

# A file held by another program blocks each attempt for seconds, and sound waits meanwhile; on a
# full disk events are tried at once, for the store has a reserve for them.
RETRY_S = 15.0


class Journal:
    """Writes a machine's events and clip scores.

    Attributes:
        last_seq: number of the machine's newest recorded transition, None before its first.
    """

    def __init__(
        self, machine: str, store: Store, sinks: Sequence[Sink], *, outgoing: bool
    ) -> None:
        """Prepare.

        Args:
            machine: the machine's id.
            store: remembers events and scores.
            sinks: are told of every event that has been recorded.
            outgoing: whether some sink drains the store's outbox.
        """
        self._machine = machine
        self._store = store
        self._sinks = sinks
        self._outgoing = outgoing
        self._waiting: deque[Event] = deque()
        self._failed_s: float | None = None
        self._held_s: float | None = None
        self._causes: set[str] = set()
        self._n_lost_scores = 0
        self.last_seq = store.last_seq(machine)

    def record(self, event: Event, *, now_s: float) -> None:
        """Write a transition of an event now, or as soon as it can be written."""
        self._waiting.append(event)
        self.retry(now_s=now_s)

    def retry(self, *, now_s: float) -> None:
        """Write the events that wait, if there are any and the last failure is long enough ago."""
        if self._waiting and _is_past(self._held_s, now_s):
            self._write(now_s)

    def remember(self, judged: JudgedClip, *, now_s: float, calibration: str | None = None) -> None:
        """Write a clip score and the name of the calibration that judged it, or give it up."""
        if not _is_past(self._failed_s, now_s):
            self._n_lost_scores += 1
            return
        try:
            self._store.scores.add(
                self._machine,
                at=judged.ended_at,
                clip=judged.clip,
                verdict=judged.verdict,
                calibration=calibration,
            )
        except ReplacedError:  # which the store has named; this score alone is lost
            pass
        except sqlite3.OperationalError as error:
            self._n_lost_scores += 1
            self._fail(error, now_s)
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
                self._held_s = now_s
        else:
            self._recover()

    def close(self, *, now_s: float) -> None:
        """Try a last time, and name what remains unwritten."""
        if self._waiting:
            self._write(now_s)
        for event in self._waiting:
            logger.error("An event could not be written to the store and is lost: %s", event)

    def _write(self, now_s: float) -> None:
        try:
            while self._waiting:
                self._write_oldest()
        except sqlite3.OperationalError as error:
            self._fail(error, now_s)
            self._held_s = now_s
        else:
            self._recover()

    def _write_oldest(self) -> None:
        recorded = self._store.record(self._waiting[0], outgoing=self._outgoing)
        self._waiting.popleft()
        self.last_seq = recorded.seq
        for sink in self._sinks:
            sink.publish_event(recorded)

    def _fail(self, error: sqlite3.OperationalError, now_s: float) -> None:
        self._failed_s = now_s
        cause = str(error)
        if cause not in self._causes:
            self._causes.add(cause)
            logger.error(
                "The store cannot be written (%s). Listening to %s goes on; until it can be, "
                "events wait and clip scores are not kept.",
                cause,
                self._machine,
            )

    def _recover(self) -> None:
        if self._failed_s is None:
            return
        logger.warning(
            "The store can be written again; %d clip scores of %s were not kept.",
            self._n_lost_scores,
            self._machine,
        )
        self._failed_s, self._held_s, self._n_lost_scores = None, None, 0
        self._causes.clear()


def _is_past(failed_s: float | None, now_s: float) -> bool:
    """Whether a failure was long enough ago to try again."""
    return failed_s is None or now_s - failed_s >= RETRY_S
