"""Threads that end by an error nobody expected, and whose work nobody does from then on."""

import logging
import threading
from types import TracebackType
from typing import Self

_log = logging.getLogger(__name__)


class DeadThreads:
    """Notes them while its context lasts, whatever they were for, and says so in the log.

    Every thread may ask. Those that listen to machines are not among them: their errors end the
    daemon (`asd_monitor.monitor.daemon.crew.Crew.has_failed`).
    """

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._before = threading.excepthook

    @property
    def names(self) -> tuple[str, ...]:
        """What they were called, in order of death."""
        return self._names

    def __enter__(self) -> Self:
        self._before, threading.excepthook = threading.excepthook, self._note
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        threading.excepthook = self._before

    def _note(self, ended: threading.ExceptHookArgs) -> None:
        name = "unknown" if ended.thread is None else ended.thread.name
        self._names = (*self._names, name)
        _log.critical(
            "The thread %s has died, and nobody does its work; restart the daemon.",
            name,
            exc_info=(ended.exc_type, ended.exc_value, ended.exc_traceback)
            if ended.exc_value
            else None,
        )
