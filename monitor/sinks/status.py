"""The status sink: keeps the latest words for `asd-monitor status`, in the store."""

import os
import sqlite3
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar, Self

from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor import versions
from asd_monitor.monitor.config import Config
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import Health, State
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.store.status_board import Daemon, StatusBoard


class StatusSink:
    """Writes states and health where a command beside the daemon finds them.

    A store that cannot be written is named in the journals of the machines, and what could not
    be written here is told again within half a minute; a reader sees by its date that it is old.

    Args:
        board: of the daemon's store.
        daemon: what to say of the daemon itself.
    """

    kind: ClassVar[str] = "status"

    def __init__(self, board: StatusBoard, daemon: Daemon) -> None:
        self._board = board
        self._daemon = daemon

    @classmethod
    def of_this_process(cls, board: StatusBoard, config: Config, mqtt: MqttSettings | None) -> Self:
        """The sink of a daemon that starts now, in this process."""
        daemon = Daemon(
            node=config.node.name,
            version=versions.own(),
            pid=os.getpid(),
            started_at=utc_now(),
            machines=tuple(machine.id for machine in config.machine),
            broker=mqtt.address if mqtt else None,
        )
        return cls(board, daemon)

    def start(self) -> None:
        """Wipe away what a former daemon said."""
        with suppress(sqlite3.OperationalError):
            self._board.begin(self._daemon)

    def change(self, *, machines: tuple[str, ...], broker: str | None) -> None:
        """Say which machines the daemon listens to from now on, and where it publishes."""
        self._daemon = replace(self._daemon, machines=machines, broker=broker)
        with suppress(sqlite3.OperationalError):
            self._board.change(self._daemon)

    def publish_event(self, event: Event) -> None:
        """Nothing to do: the store has it."""

    def publish_state(self, state: State) -> None:
        """Write it in place of the machine's last."""
        with suppress(sqlite3.OperationalError):
            self._board.write_state(state)

    def publish_machine_availability(self, machine: str, *, online: bool) -> None:
        """Nothing to do: the state says it."""

    def publish_health(self, health: Health) -> None:
        """Write it in place of the last, and who we are: the store may be a new one."""
        with suppress(sqlite3.OperationalError):
            self._board.change(self._daemon)
            self._board.write_health(health)

    def hanging_thread(self, *, now_s: float) -> str | None:  # noqa: ARG002 - has none
        """Has no thread that could."""
        return None

    def close(self, timeout_s: float) -> None:
        """Nothing to do: the last words stay, and the lock says that nobody speaks any more."""
