"""Reading configuration, bundles and calibrations again while the daemon listens."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asd_monitor.models.errors import AsdMonitorError
from asd_monitor.monitor import notify
from asd_monitor.monitor.changes import Changes, changes_between, require_only_machines_change
from asd_monitor.monitor.config import Config
from asd_monitor.monitor.crew import Crew
from asd_monitor.monitor.desk import Desk
from asd_monitor.monitor.loaded import LoadedMachine, load_machines
from asd_monitor.monitor.sinks.status import StatusSink
from asd_monitor.monitor.source import Source

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Reload:
    """Takes over what has changed, or nothing at all where some of it cannot be used.

    Attributes:
        read: reads the configuration again.
        config: the one in force.
        machines: those that are listened to.
        data: folder of machines and store.
        desk: makes listeners.
        crew: has them at work.
        status: says which machines there are.
    """

    read: Callable[[], Config]
    config: Config
    machines: tuple[LoadedMachine, ...]
    data: Path
    desk: Desk
    crew: Crew
    status: StatusSink

    def __call__(self) -> None:
        """Load everything, check it, and only then change anything."""
        try:
            config, changes, sources = self._load()
        except AsdMonitorError as error:
            _say(logging.ERROR, f"Not reloaded, all goes on as before: {error}")
            return
        self._apply(changes, sources)
        self.config, self.machines = config, changes.machines
        self.status.change_machines(tuple(machine.name for machine in changes.machines))
        _say(logging.INFO, f"Reloaded: {changes}")

    def _load(self) -> tuple[Config, Changes, list[Source]]:
        config = self.read()
        require_only_machines_change(self.config, config)
        known = [machine.bundle for machine in self.machines]
        loaded = load_machines(config.machine, data=self.data, known=known)
        changes = changes_between(self.machines, loaded)
        return config, changes, [self.desk.find_source(each.settings) for each in changes.begun]

    def _apply(self, changes: Changes, sources: list[Source]) -> None:
        at_work = {listener.machine: listener for listener in self.crew.listeners}
        for machine in changes.rejudged:
            at_work[machine.name].judge_with(machine.pipeline, self.desk.identity(machine))
        # Two machines may have changed places: every microphone is let go before one is opened.
        self.crew.dismiss(changes.ended)
        for machine, source in zip(changes.begun, sources, strict=True):
            self.crew.start(self.desk.listener(machine, source))


def _say(level: int, text: str) -> None:
    logger.log(level, "%s", text)
    notify.status(text)
