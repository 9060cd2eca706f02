"""Looks at the daemon from inside, at the moment somebody asks."""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from asd_monitor.monitor.daemon.listener import Listener
from asd_monitor.monitor.daemon.node_health import NodeHealth
from asd_monitor.monitor.messages import Health, State
from asd_monitor.monitor.vitals.vitals import BrokerVitals, MachineVitals, Vitals


@dataclass(frozen=True, slots=True)
class Observer:
    """Knows whom to ask; every thread may use it.

    Attributes:
        health: how the node is.
        listeners: those at work now.
        dead_threads: names of threads that have died.
        hanging_threads: names of those that tell, and are at one thing for too long.
    """

    health: NodeHealth
    listeners: Callable[[], Sequence[Listener]]
    dead_threads: Callable[[], Sequence[str]] = tuple
    hanging_threads: Callable[[], Sequence[str]] = tuple

    def look(self, states: Mapping[str, State]) -> Vitals:
        """How everything is now.

        Args:
            states: what was last told of each machine.
        """
        listeners = self.listeners()
        return Vitals(
            health=self._health(listeners),
            machines=tuple(_of_machine(each, states.get(each.machine)) for each in listeners),
            broker=self._broker(),
        )

    def store_complaint(self) -> str | None:
        """Why the store cannot be written; None where it can be, which it is by this."""
        try:
            self.health.store.status.write_health(self.health.now(self.listeners()))
        except sqlite3.OperationalError as error:
            return str(error)
        return None

    def _health(self, listeners: Sequence[Listener]) -> Health | None:
        try:
            return self.health.now(listeners)
        except sqlite3.OperationalError:
            return None

    def _broker(self) -> BrokerVitals | None:
        broker = self.health.broker
        if broker is None:
            return None
        return BrokerVitals(connected=broker.connected, failures=broker.failures)


def _of_machine(listener: Listener, state: State | None) -> MachineVitals:
    now_s, tally = time.monotonic(), listener.monitor.tally
    return MachineVitals(
        machine=listener.machine,
        capture=listener.source.status,
        tally=tally,
        scored_age_s=None if tally.scored_s is None else now_s - tally.scored_s,
        hangs=listener.is_stalled(now_s=now_s),
        state=state,
    )
