"""Carries events from the outbox of one recipient to that recipient, at least once and in order."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from asd_monitor.models.errors import DeliveryError
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.back_off import BackOff
from asd_monitor.monitor.log_limit import LogLimit
from asd_monitor.monitor.messages import stamp_published
from asd_monitor.monitor.stint import Stint
from asd_monitor.monitor.store.outbox import Outbox, PendingMessage

_log = logging.getLogger(__name__)

_SAME_COMPLAINT_EVERY_S: Final = 300.0
BACK_OFF: Final = BackOff(first_s=1.0, longest_s=60.0)


class DurableCourier:
    """Hands over what waits, one event at a time, on a thread of its own.

    An event leaves the outbox when it was taken. One that is not taken is tried again after a
    pause that grows to a minute, and those behind it wait: also across restarts.

    Args:
        outbox: of the recipient.
        deliver: hands over one payload, JSON as on MQTT; raises `DeliveryError` where it is not
            taken.
        name: of the recipient, for the log.
        longest_s: longer than ``deliver`` can take where nothing is wrong with this process.
        back_off: pauses after failures.
        now: the clock.

    Attributes:
        name: of the recipient.
    """

    def __init__(
        self,
        outbox: Outbox,
        deliver: Callable[[bytes], None],
        *,
        name: str,
        longest_s: float,
        back_off: BackOff = BACK_OFF,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._outbox = outbox
        self._deliver = deliver
        self.name = name
        self._back_off = back_off
        self._now = now
        self._stint = Stint(longest_s=longest_s)
        self._news = threading.Event()
        self._closing = threading.Event()
        self._give_up_at_s = 0.0
        self._complaints = LogLimit(every_s=_SAME_COMPLAINT_EVERY_S)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin with what a former process has left."""
        self._thread.start()

    def wake(self) -> None:
        """Look into the outbox now, or when the pause after a failure is over."""
        self._news.set()

    def hangs(self, *, now_s: float) -> bool:
        """Whether the handing over of one event takes longer than it can; see ``longest_s``."""
        return self._stint.is_overdue(now_s=now_s)

    def close(self, timeout_s: float) -> None:
        """Hand over what can be within ``timeout_s``; what is left stays in the outbox."""
        if not self._closing.is_set():
            self._give_up_at_s = time.monotonic() + timeout_s
            self._closing.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        failures = 0
        while True:
            self._news.clear()
            failures = 0 if self._hand_over_all() else failures + 1
            if self._closing.is_set():
                return
            if failures:
                self._closing.wait(self._back_off.pause_s(failures))
            else:
                self._news.wait()

    def _hand_over_all(self) -> bool:
        """Hand over until nothing waits; False where an event was not taken."""
        try:
            for pending in iter(self._next, None):
                self._stint.begin(now_s=time.monotonic())
                self._deliver(stamp_published(pending.message.payload, self._now()))
                self._outbox.delivered(pending.outbox_id)
        except (DeliveryError, sqlite3.Error) as error:
            if self._complaints.is_due(str(error)):
                _log.warning("%s: %s", self.name, error)
            return False
        finally:
            self._stint.end()
        return True

    def _next(self) -> PendingMessage | None:
        if self._closing.is_set() and time.monotonic() >= self._give_up_at_s:
            return None
        return next(iter(self._outbox.pending(limit=1)), None)
