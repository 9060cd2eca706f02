"""How the node itself is, gathered from all who know a part of it."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor import versions
from asd_monitor.monitor.daemon.listener import Listener
from asd_monitor.monitor.messages import (
    BrokerHealth,
    CaptureHealth,
    DiskHealth,
    Health,
    QueueHealth,
)
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.source import CaptureStatus
from asd_monitor.monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHealth:
    """Knows whom to ask.

    Attributes:
        node: the node's name.
        data: folder of machines and store.
        store: the store in it.
        broker: the sink of the broker, None without one.
        begun_s: when the daemon started, on the monotonic clock.
    """

    node: str
    data: Path
    store: Store
    broker: MqttSink | None
    begun_s: float = field(default_factory=time.monotonic)

    def now(self, listeners: Sequence[Listener]) -> Health:
        """Ask everybody."""
        statuses = {each.machine: each.source.status for each in listeners}
        return Health(
            node=self.node,
            ts=utc_now(),
            version=versions.own(),
            uptime_s=round(time.monotonic() - self.begun_s, 3),
            queue=QueueHealth(behind_s=max((s.behind_s for s in statuses.values()), default=0.0)),
            outbox=self.store.outbox.health(),
            broker=BrokerHealth(connected=self.broker is not None and self.broker.connected),
            capture={machine: _of_capture(status) for machine, status in statuses.items()},
            disk=DiskHealth(free_bytes=shutil.disk_usage(self.data).free),
            versions=versions.of_libraries(),
            store=self.store.health(),
        )


def _of_capture(status: CaptureStatus) -> CaptureHealth:
    return CaptureHealth(
        state=status.state,
        overruns=status.overruns,
        gaps=status.gaps,
        restarts=status.restarts,
        dropped_s=round(status.dropped_s, 3),
        measured_rate_hz=status.measured_rate_hz,
    )
