"""Snapshots of a node as a live view is given them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.cli.snapshot import Snapshot
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import DiskHealth, OutboxHealth
from asd_monitor.monitor.status import MachineStatus, NodeStatus
from asd_monitor.monitor.store.score_history import ScoredClip
from tests.support.alarms import NOON, health

THRESHOLD = 1.25


def a_machine(name: str = "pump", *, severity: Severity = Severity.NORMAL) -> MachineStatus:
    """A machine that is heard, or is not."""
    is_heard = severity is not Severity.UNKNOWN
    return MachineStatus(
        machine=name,
        severity=severity,
        reason=None if is_heard else "no_audio",
        since=NOON - timedelta(hours=3),
        score=0.5,
        threshold=THRESHOLD,
        last_clip_at=NOON - timedelta(seconds=1),
        capture="healthy" if is_heard else "lost",
    )


def clips_of(name: str, scores: Sequence[float | None]) -> tuple[ScoredClip, ...]:
    """One clip a second, the last one a second before noon; None is one without a score."""
    return tuple(
        ScoredClip(
            machine=name,
            at=NOON - timedelta(seconds=len(scores) - i),
            duration_s=10.0,
            score=score,
            p_value=None if score is None else 0.5,
            level_dbfs=-30.5,
            severity=severity_of(score),
            reason=None if score is not None else "silence",
        )
        for i, score in enumerate(scores)
    )


def severity_of(score: float | None) -> Severity:
    """What a clip with this score is."""
    if score is None:
        return Severity.UNKNOWN
    return Severity.CRITICAL if score > THRESHOLD else Severity.NORMAL


def a_snapshot(
    *machines: MachineStatus,
    clips: Mapping[str, tuple[ScoredClip, ...]] | None = None,
    events: Sequence[Event] = (),
) -> Snapshot:
    """A node that runs, with these machines."""
    shown = machines or (a_machine(),)
    return Snapshot(
        now=NOON,
        status=NodeStatus(
            data=Path("/data"),
            running=True,
            node="hall",
            version="0.1.0",
            pid=1234,
            started_at=NOON - timedelta(hours=3),
            broker="hall:1883",
            broker_connected=True,
            broker_told_at=NOON,
            outbox=OutboxHealth(depth=0, dropped=0, sent=7),
            disk=DiskHealth(free_bytes=1_000_000),
            machines=tuple(shown),
        ),
        health=replace(health(), ts=NOON),
        clips=clips or {each.machine: clips_of(each.machine, [0.5] * 600) for each in shown},
        events=tuple(events),
    )
