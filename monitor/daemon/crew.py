"""The listeners at work, each on a thread of its own."""

import threading
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from asd_monitor.monitor.daemon.listener import Listener, listen


@dataclass(frozen=True, slots=True)
class _AtWork:
    listener: Listener
    future: "Future[None]"
    stop: threading.Event


@dataclass(slots=True)
class Crew:
    """Starts and ends listeners, and knows how each is doing. Belongs to one thread.

    A listener whose recordings have ended stays a member until it is dismissed.
    """

    _members: dict[str, _AtWork] = field(default_factory=dict)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """All members, in the order in which they began; every thread may ask."""
        return tuple(member.listener for member in list(self._members.values()))

    @property
    def is_working(self) -> bool:
        """Whether some member still listens."""
        return not all(member.future.done() for member in self._members.values())

    @property
    def has_failed(self) -> bool:
        """Whether some member ended by an error, which `dismiss` raises."""
        futures = [member.future for member in self._members.values()]
        return any(future.done() and future.exception() for future in futures)

    @property
    def is_settled(self) -> bool:
        """Whether every machine is scored, known to be without sound, or at its end."""
        return all(
            member.future.done() or member.listener.monitor.is_settled
            for member in self._members.values()
        )

    def stalled(self, *, now_s: float) -> tuple[str, ...]:
        """The machines whose thread hangs."""
        return tuple(
            machine
            for machine, member in self._members.items()
            if not member.future.done() and member.listener.is_stalled(now_s=now_s)
        )

    def start(self, listener: Listener) -> None:
        """Let a listener begin, on a thread that ends with it."""
        stop = threading.Event()
        thread = ThreadPoolExecutor(1, thread_name_prefix=f"listen {listener.machine}")
        future = thread.submit(listen, listener, stop)
        thread.shutdown(wait=False)
        self._members[listener.machine] = _AtWork(listener, future, stop)

    def wait(self, timeout_s: float) -> None:
        """Wait until another of those that listen has ended, at most so long."""
        running = [m.future for m in self._members.values() if not m.future.done()]
        wait(running, timeout=timeout_s, return_when=FIRST_COMPLETED)

    def dismiss(self, machines: Collection[str]) -> None:
        """End listeners and wait for them.

        Raises:
            Exception: what one of them has raised.
        """
        leaving = [self._members.pop(machine) for machine in machines]
        for member in leaving:
            member.stop.set()
        wait([member.future for member in leaving])
        for member in leaving:
            member.future.result()

    def dismiss_all(self) -> None:
        """End all of them; see `dismiss`."""
        self.dismiss(tuple(self._members))
