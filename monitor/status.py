"""How the daemon of a data folder and its machines are, as seen from beside it. No clock here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import Band
from asd_monitor.monitor.heard import Heard
from asd_monitor.monitor.messages import DiskHealth, Health, OutboxHealth, State
from asd_monitor.monitor.store.score_history import ScoredClip
from asd_monitor.monitor.store.status_board import Said

NOT_RUNNING: Final = "not_running"
NO_NEWS: Final = "no_news"
# A machine tells its state every 30 s at the latest.
NEWS_WITHIN: Final = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineStatus:
    """What can be said of one machine now. Times are UTC.

    Attributes:
        machine: its id.
        severity: ``unknown`` where no daemon listens, or the daemon has not spoken lately.
        reason: why it is unknown, where it is.
        since: since when; without a daemon, when it was last heard of.
        score: the newest clip score.
        threshold: the critical threshold.
        last_clip_at: end of the newest clip.
        event_id: of the open event.
        bands: where in frequency it is unlike normal, as its state last said; None where that is
            old.
        trend: of the score over the last hours, likewise.
        regime: the way of running that it is in; None where none are told apart.
        capture: state of the audio capture; None where no daemon listens.
        heard: what listening has shown of its calibration; None where it has told of none.
    """

    machine: str
    severity: Severity
    reason: str | None = None
    since: datetime | None = None
    score: float | None = None
    threshold: float | None = None
    last_clip_at: datetime | None = None
    event_id: str | None = None
    bands: tuple[Band, ...] | None = None
    trend: Trend | None = None
    regime: str | None = None
    capture: str | None = None
    heard: Heard | None = None

    @property
    def is_heard(self) -> bool:
        """Whether it is listened to and can be judged."""
        return self.severity is not Severity.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """What can be said of a data folder and its daemon now. Times are UTC.

    Attributes:
        data: the folder.
        running: whether a daemon holds it.
        node: name of the daemon that runs or was the last to; None where none ever was.
        version: of asd-monitor, as that daemon has it.
        pid: process that runs; None where none does.
        started_at: when it started.
        broker: address of the broker; None where the daemon publishes nothing.
        broker_connected: None where there is no broker or the daemon has not said so lately.
        broker_told_at: when ``broker_connected`` was true; told every 30 s.
        outbox: messages that wait, and counts.
        disk: room left.
        machines: in the order of the configuration.
    """

    data: Path
    running: bool
    node: str | None
    version: str | None
    pid: int | None
    started_at: datetime | None
    broker: str | None
    broker_connected: bool | None
    broker_told_at: datetime | None
    outbox: OutboxHealth
    disk: DiskHealth
    machines: tuple[MachineStatus, ...]

    @property
    def is_well(self) -> bool:
        """Whether a daemon runs and every machine is heard."""
        heard = [each.is_heard for each in self.machines]
        return self.running and bool(heard) and all(heard)


def node_status(
    said: Said,
    *,
    data: Path,
    running: bool,
    clips: Mapping[str, ScoredClip],
    heard: Mapping[str, Heard],
    outbox: OutboxHealth,
    disk: DiskHealth,
    now: datetime,
) -> NodeStatus:
    """Put together what is known.

    Args:
        said: the daemon's last words.
        data: the folder.
        running: whether a daemon holds it.
        clips: the newest clip of each machine that has one.
        heard: what listening has shown of the calibration of each machine that has told of one.
        outbox: of the store.
        disk: of the folder.
        now: UTC.
    """
    daemon = said.daemon
    broker = _broker(said, running=running, now=now)
    names = dict.fromkeys([*(daemon.machines if daemon else ()), *said.states])
    return NodeStatus(
        data=data,
        running=running,
        node=daemon.node if daemon else None,
        version=daemon.version if daemon else None,
        pid=daemon.pid if daemon and running else None,
        started_at=daemon.started_at if daemon else None,
        broker=daemon.broker if daemon else None,
        broker_connected=broker.broker.connected if broker else None,
        broker_told_at=broker.ts if broker else None,
        outbox=outbox,
        disk=disk,
        machines=tuple(
            machine_status(
                name,
                said.states.get(name),
                clips.get(name),
                heard.get(name),
                running=running,
                now=now,
            )
            for name in names
        ),
    )


def machine_status(
    machine: str,
    state: State | None,
    clip: ScoredClip | None,
    heard: Heard | None = None,
    *,
    running: bool,
    now: datetime,
) -> MachineStatus:
    """What a machine's last state and clip are worth now.

    Old words are not repeated as if they were true still: without a daemon, or without news from
    it for 90 s, the machine is unknown.
    """
    is_news = running and state is not None and now - state.ts <= NEWS_WITHIN
    old = Severity.UNKNOWN, NO_NEWS if running else NOT_RUNNING, state.ts if state else None
    severity, reason, since = (
        (state.severity, state.reason, state.since) if state is not None and is_news else old
    )
    return MachineStatus(
        machine=machine,
        severity=severity,
        reason=reason,
        since=since,
        score=clip.score if clip else None,
        threshold=state.threshold if state else None,
        last_clip_at=clip.at if clip else None,
        event_id=state.event_id if state else None,
        bands=state.bands if state and is_news else None,
        trend=state.trend if state and is_news else None,
        regime=state.regime if state and is_news else None,
        capture=state.capture if state and running else None,
        heard=heard,
    )


def _broker(said: Said, *, running: bool, now: datetime) -> Health | None:
    """The health that tells of the broker, where there is one and the words are fresh."""
    health = said.health
    if not running or health is None or said.daemon is None or said.daemon.broker is None:
        return None
    return health if now - health.ts <= NEWS_WITHIN else None
