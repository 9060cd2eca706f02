"""Reading configuration, bundles and calibrations again while the daemon listens."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asd_monitor.models.errors import AsdMonitorError
from asd_monitor.monitor.config import Config, mqtt_settings
from asd_monitor.monitor.daemon import notify
from asd_monitor.monitor.daemon.changes import Changes, changes_between, require_no_restart
from asd_monitor.monitor.daemon.crew import Crew
from asd_monitor.monitor.daemon.desk import Desk
from asd_monitor.monitor.daemon.loaded import LoadedMachine, load_machines
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.sinks.mqtt import MqttSink
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
        mqtt: how the broker is spoken with; None without one.
        broker: speaks with it.
    """

    read: Callable[[], Config]
    config: Config
    machines: tuple[LoadedMachine, ...]
    data: Path
    desk: Desk
    crew: Crew
    status: StatusSink
    mqtt: MqttSettings | None
    broker: MqttSink | None

    def __call__(self) -> None:
        """Load everything, check it, and only then change anything."""
        try:
            config, mqtt, changes, sources = self._load()
        except AsdMonitorError as error:
            _say(logging.ERROR, f"Not reloaded, all goes on as before: {error}")
            return
        self._apply(changes, sources)
        broker = self._connect_anew(mqtt)
        self.config, self.machines, self.mqtt = config, changes.machines, mqtt
        self.status.change(
            machines=tuple(machine.name for machine in changes.machines),
            broker=mqtt.address if mqtt else None,
        )
        _say(logging.INFO, f"Reloaded: {changes}{broker}")

    def _load(self) -> tuple[Config, MqttSettings | None, Changes, list[Source]]:
        config = self.read()
        require_no_restart(self.config, config)
        mqtt = mqtt_settings(config.mqtt, node=config.node.name)
        known = [machine.bundle for machine in self.machines]
        loaded = load_machines(config.machine, data=self.data, known=known)
        changes = changes_between(self.machines, loaded)
        sources = [self.desk.find_source(each.settings) for each in changes.begun]
        return config, mqtt, changes, sources

    def _apply(self, changes: Changes, sources: list[Source]) -> None:
        at_work = {listener.machine: listener for listener in self.crew.listeners}
        for machine in changes.rejudged:
            at_work[machine.name].judge_with(machine.pipeline, self.desk.identity(machine))
        # Two machines may have changed places: every microphone is let go before one is opened.
        self.crew.dismiss(changes.ended)
        for machine, source in zip(changes.begun, sources, strict=True):
            self.crew.start(self.desk.listener(machine, source))

    def _connect_anew(self, mqtt: MqttSettings | None) -> str:
        """Do so where the settings differ, a password in its file included; say that."""
        if self.broker is None or mqtt is None or mqtt == self.mqtt:
            return ""
        self.broker.change_settings(mqtt)
        return f"; connecting to the broker at {mqtt.address} anew"


def _say(level: int, text: str) -> None:
    logger.log(level, "%s", text)
    notify.status(text)
