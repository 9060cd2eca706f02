"""What a live view shows, read from a data folder in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from asd_monitor.monitor.cli.status import look
from asd_monitor.monitor.cli.stores import open_store
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import Health
from asd_monitor.monitor.status import NEWS_WITHIN, NodeStatus
from asd_monitor.monitor.store.score_history import ScoredClip

SCORES_OVER: Final = timedelta(minutes=10)
EVENTS_OVER: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A data folder and its daemon at one moment.

    Attributes:
        now: the moment, UTC.
        status: of the daemon and its machines.
        health: what the daemon last said of itself; None where that is old or nobody runs.
        clips: of each machine, those that ended in the last 10 min.
        events: of the last 30 days, the latest last.
    """

    now: datetime
    status: NodeStatus
    health: Health | None
    clips: Mapping[str, tuple[ScoredClip, ...]]
    events: tuple[Event, ...]


def take_snapshot(data: Path, *, now: datetime) -> Snapshot:
    """Read what there is to show.

    Raises:
        ConfigurationError: there is no store in the folder, or it may not be read.
        BusyError: the store is held by another program.
    """
    status = look(data, now=now)
    with open_store(data) as store:
        health = store.status.read().health
        is_news = status.running and health is not None and now - health.ts <= NEWS_WITHIN
        return Snapshot(
            now=now,
            status=status,
            health=health if is_news else None,
            clips={
                each.machine: store.scores.clips(each.machine, since=now - SCORES_OVER)
                for each in status.machines
            },
            events=store.events(since=now - EVENTS_OVER),
        )
