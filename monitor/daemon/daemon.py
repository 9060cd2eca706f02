"""The daemon's main thread: watches over those who listen, and speaks for the node."""

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.daemon import notify
from asd_monitor.monitor.daemon.crew import Crew
from asd_monitor.monitor.daemon.node_health import NodeHealth
from asd_monitor.monitor.daemon.signals import Asked
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.store.store import Store

logger = logging.getLogger(__name__)

HEALTH_INTERVAL_S = 30.0
TICK_S = 1.0


@dataclass(slots=True, kw_only=True)
class Daemon:
    """Runs until it is asked to end, a listener fails, or all of them have ended.

    systemd is told ``READY=1`` once every machine is scored or known to be without sound, and is
    sent signs of life only while every thread that it depends on gets on: a scorer that hangs is
    for systemd to end. A store that hangs holds this thread up, too.

    Attributes:
        crew: the listeners, at work already.
        health: knows how the node is.
        store: is looked after.
        sinks: are told the node's health.
        is_delivering: whether messages can leave, as far as that is up to this program.
        dead_threads: names of threads that have died.
        hanging_threads: names of those that tell, and are at one thing for too long.
        reload: reads the configuration again.
    """

    crew: Crew
    health: NodeHealth
    store: Store
    sinks: Sequence[Sink]
    is_delivering: Callable[[], bool]
    dead_threads: Callable[[], Sequence[str]]
    hanging_threads: Callable[[], Sequence[str]]
    reload: Callable[[], None]
    _has_started: bool = False
    _is_ready: bool = False
    _told_s: float = -HEALTH_INTERVAL_S
    _hanging: tuple[str, ...] = field(default=())

    def run(self, asked: Asked) -> None:
        """Return when it is over; the listeners may have to be dismissed still."""
        tick_s = min(TICK_S, notify.watchdog_interval_s() or TICK_S)
        try:
            while self.crew.is_working and not asked.stop.is_set():
                self.crew.wait(tick_s)
                if self.crew.has_failed:
                    return
                self._look_around(asked)
        finally:
            notify.stopping()

    def _look_around(self, asked: Asked) -> None:
        if asked.reload.is_set():
            asked.reload.clear()
            notify.reloading()
            self.reload()
            self._is_ready = False
        if not self._is_ready and self.crew.is_settled:
            self._is_ready = self._has_started = True
            notify.ready()
        if self._has_started and self._gets_on():
            notify.watchdog()
        if time.monotonic() - self._told_s >= HEALTH_INTERVAL_S:
            self._told_s = time.monotonic()
            self._tell_health()

    def _gets_on(self) -> bool:
        """Whether every thread does; complains of those that do not."""
        hanging = (
            *(f"the listening to {each}" for each in self.crew.stalled(now_s=time.monotonic())),
            *(f"the thread {name}" for name in self.hanging_threads()),
        )
        if hanging and hanging != self._hanging:
            logger.error("A restart is needed, for this hangs: %s.", ", ".join(hanging))
        self._hanging = hanging
        return not hanging and not self.dead_threads() and self.is_delivering()

    def _tell_health(self) -> None:
        health = self.health.now(self.crew.listeners)
        # A store that cannot be written is named in the journals of the machines.
        with suppress(sqlite3.OperationalError):
            self.store.look_after(utc_now())
        for sink in self.sinks:
            sink.publish_health(health)
