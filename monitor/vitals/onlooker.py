"""Who looks at the daemon from inside for those who look in from outside. A contract only."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from asd_monitor.monitor.messages import State
from asd_monitor.monitor.vitals.vitals import Vitals


class Onlooker(Protocol):
    """Looks when it is asked; every thread may ask."""

    @property
    def dead_threads(self) -> Callable[[], Sequence[str]]:
        """Names of threads that have died."""

    @property
    def hanging_threads(self) -> Callable[[], Sequence[str]]:
        """Names of those that tell, and are at one thing for too long."""

    def look(self, states: Mapping[str, State]) -> Vitals:
        """How everything is now.

        Args:
            states: what was last told of each machine.
        """

    def store_complaint(self) -> str | None:
        """Why the store cannot be written; None where it can be."""
