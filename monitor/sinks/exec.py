"""The exec sink: starts a program of the user's for every event."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import ClassVar, Final, Self

from asd_monitor.models.errors import DeliveryError
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.config import SinkConfig
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.log_limit import LogLimit
from asd_monitor.monitor.messages import Health, State, event_payload, stamp_published
from asd_monitor.monitor.stint import Stint
from asd_monitor.monitor.store.store import Store

_log = logging.getLogger(__name__)

_SAME_COMPLAINT_EVERY_S: Final = 300.0
_CAPACITY: Final = 100
# A program that runs too long is killed, which takes no time where the kernel still can.
_KILLING_S: Final = 60.0


class ExecSink:
    """Gives the program the JSON that is told over MQTT on its standard input; no shell is asked.

    One program runs at a time, in the order of the events; what it says on standard error goes
    where our own log goes. Up to 100 events wait, further ones are passed over, and each is told
    once: a program that must miss nothing reads a ``jsonl`` file or ``asd-monitor events``.

    Args:
        command: the program and its arguments.
        timeout_s: a program that runs longer is killed, with all it has started.
        name: of this sink, for the log.
        now: the clock.
    """

    kind: ClassVar[str] = "exec"

    def __init__(
        self,
        command: Sequence[str],
        *,
        timeout_s: float = 10.0,
        name: str = kind,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._command = tuple(command)
        self._timeout_s = timeout_s
        self._name = name
        self._now = now
        self._waiting: deque[Event] = deque()
        self._program: subprocess.Popen[bytes] | None = None
        self._news = threading.Event()
        self._closing = threading.Event()
        self._give_up_at_s = 0.0
        self._stint = Stint(longest_s=timeout_s + _KILLING_S)
        self._complaints = LogLimit(every_s=_SAME_COMPLAINT_EVERY_S)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @classmethod
    def configured(cls, settings: SinkConfig, store: Store) -> Self:  # noqa: ARG003 - has no outbox
        """The sink of a table ``[[sink]]``."""
        return cls(settings.command, timeout_s=settings.timeout_s, name=settings.name)

    def start(self) -> None:
        """Begin to tell, in the background."""
        self._thread.start()

    def publish_event(self, event: Event) -> None:
        """Tell it when the events before it have been told."""
        if len(self._waiting) >= _CAPACITY:
            self._complain(f"{_CAPACITY} events wait already; further ones are not told.")
            return
        self._waiting.append(event)
        self._news.set()

    def publish_state(self, state: State) -> None:
        """Say nothing: the program is told of events."""

    def publish_machine_availability(self, machine: str, *, online: bool) -> None:
        """Say nothing: its loss is an event."""

    def publish_health(self, health: Health) -> None:
        """Say nothing: the program is told of events."""

    def hanging_thread(self, *, now_s: float) -> str | None:
        """The one that waits for the program, where a program outlives its end."""
        return self._name if self._stint.is_overdue(now_s=now_s) else None

    def close(self, timeout_s: float) -> None:
        """Tell what waits, as far as time allows; then a program that still runs is killed."""
        if not self._closing.is_set():
            self._give_up_at_s = time.monotonic() + timeout_s
            self._closing.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if self._program is not None:
            _kill(self._program)

    def _run(self) -> None:
        while True:
            self._news.clear()
            while self._waiting and not self._is_over():
                self._tell(self._waiting.popleft())
            if self._closing.is_set():
                return
            self._news.wait()

    def _is_over(self) -> bool:
        return self._closing.is_set() and time.monotonic() >= self._give_up_at_s

    def _tell(self, event: Event) -> None:
        self._stint.begin(now_s=time.monotonic())
        try:
            self._run_program(stamp_published(event_payload(event), self._now()))
        except DeliveryError as error:
            self._complain(str(error))
        finally:
            self._stint.end()

    def _run_program(self, payload: bytes) -> None:
        try:
            program = subprocess.Popen(  # noqa: S603 - the configuration names it
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise DeliveryError(
                f"The program {self._command[0]} cannot be started ({error.strerror})."
            ) from error
        with program:
            self._program = program
            self._await_end(program, payload)
            self._program = None

    def _await_end(self, program: subprocess.Popen[bytes], payload: bytes) -> None:
        try:
            program.communicate(payload, timeout=self._timeout_s)
        except subprocess.TimeoutExpired as error:
            _kill(program)
            raise DeliveryError(
                f"The program {self._command[0]} ran longer than {self._timeout_s:g} s."
            ) from error
        if program.returncode != 0:
            raise DeliveryError(
                f"The program {self._command[0]} ended with exit code {program.returncode}."
            )

    def _complain(self, sentence: str) -> None:
        if self._complaints.is_due(sentence):
            _log.warning("%s: %s", self._name, sentence)


def _kill(program: subprocess.Popen[bytes]) -> None:
    """Kill the program and all it has started; nothing where it has ended."""
    if program.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
