"""Events, states and health as a monitor makes them."""

from datetime import UTC, datetime, timedelta

from asd_monitor.calibrate.transition import Detector
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import Band, Event, open_event
from asd_monitor.monitor.messages import (
    BrokerHealth,
    CaptureHealth,
    DiskHealth,
    Health,
    OutboxHealth,
    QueueHealth,
    State,
)
from asd_monitor.monitor.store.status_board import Daemon

NOON = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)


def anomaly(*, machine: str = "pump", detected_at: datetime = NOON) -> Event:
    """An anomaly that has just been detected."""
    return open_event(
        node="hall",
        machine=machine,
        started_at=detected_at - timedelta(seconds=8.5),
        detected_at=detected_at,
        score=2.5,
        threshold=1.25,
        p_value=0.002,
        detector=Detector.THRESHOLD,
        bands=(Band(1000.0, 1500.0, 0.75),),
        model="b1",
        calibration="c1",
    )


def state(*, machine: str = "pump", severity: Severity = Severity.NORMAL) -> State:
    """A machine's state."""
    return State(
        node="hall",
        machine=machine,
        ts=NOON,
        severity=severity,
        score=0.5,
        threshold=1.25,
        p_value=0.5,
        level_dbfs=-30.5,
        since=NOON,
        capture="healthy",
        model="b1",
        calibration="c1",
    )


def health() -> Health:
    """The health of a node with one machine."""
    return Health(
        node="hall",
        ts=NOON,
        version="0.1.0",
        uptime_s=12.5,
        queue=QueueHealth(behind_s=0.25),
        outbox=OutboxHealth(depth=1, dropped=0, sent=7),
        broker=BrokerHealth(connected=True),
        capture={"pump": CaptureHealth(state="healthy", overruns=0, gaps=1, restarts=0)},
        disk=DiskHealth(free_bytes=1_000_000),
        versions={"python": "3.11.7"},
    )


def a_daemon(*machines: str) -> Daemon:
    """A daemon that has just started."""
    return Daemon(
        node="hall",
        version="0.1.0",
        pid=1234,
        started_at=NOON,
        machines=machines or ("pump",),
        broker="hall:1883",
    )
