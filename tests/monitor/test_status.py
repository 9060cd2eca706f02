from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import Band
from asd_monitor.monitor.messages import BrokerHealth, DiskHealth, OutboxHealth
from asd_monitor.monitor.status import (
    NEWS_WITHIN,
    NO_NEWS,
    NOT_RUNNING,
    NodeStatus,
    machine_status,
    node_status,
)
from asd_monitor.monitor.store.score_history import ScoredClip
from asd_monitor.monitor.store.status_board import Said
from tests.support.alarms import NOON, a_daemon, health, state

SOON = NOON + timedelta(seconds=30)
CLIP = ScoredClip("pump", NOON, 10.0, 0.75, 0.3, -30.0, Severity.NORMAL, None)


def status(said: Said, *, running: bool = True) -> NodeStatus:
    return node_status(
        said,
        data=Path("data"),
        running=running,
        clips={"pump": CLIP},
        heard={},
        outbox=OutboxHealth(depth=1, dropped=0, sent=7),
        disk=DiskHealth(free_bytes=1_000),
        now=SOON,
    )


@pytest.mark.parametrize("severity", list(Severity))
def test_a_machine_that_is_listened_to_is_what_it_last_was(severity: Severity) -> None:
    found = machine_status("pump", state(severity=severity), CLIP, running=True, now=SOON)
    assert (found.severity, found.since) == (severity, NOON)
    assert (found.score, found.threshold, found.last_clip_at) == (0.75, 1.25, NOON)
    assert found.is_heard is (severity is not Severity.UNKNOWN)


@pytest.mark.parametrize("severity", list(Severity))
def test_a_machine_that_nobody_listens_to_is_unknown_whatever_it_was(severity: Severity) -> None:
    found = machine_status("pump", state(severity=severity), CLIP, running=False, now=SOON)
    assert (found.severity, found.reason) == (Severity.UNKNOWN, NOT_RUNNING)
    assert found.capture is None
    assert not found.is_heard


def test_trend_and_bands_are_told_only_while_they_are_true() -> None:
    told = replace(state(), trend=Trend.RISING, bands=(Band(1000.0, 1500.0, 0.75),))
    found = machine_status("pump", told, CLIP, running=True, now=SOON)
    assert (found.trend, found.bands) == (told.trend, told.bands)
    for running, now in ((False, SOON), (True, NOON + timedelta(hours=1))):
        old = machine_status("pump", told, CLIP, running=running, now=now)
        assert (old.trend, old.bands) == (None, None)


def test_a_daemon_that_has_fallen_silent_is_not_believed() -> None:
    told = state()
    for now, severity in (
        (NOON + NEWS_WITHIN, Severity.NORMAL),
        (NOON + NEWS_WITHIN + timedelta(seconds=1), Severity.UNKNOWN),
    ):
        assert machine_status("pump", told, CLIP, running=True, now=now).severity is severity


def test_a_machine_that_has_told_nothing_yet_is_unknown_and_listed() -> None:
    found = status(Said(a_daemon("pump", "fan"), None, {"pump": state()}))
    assert [each.machine for each in found.machines] == ["pump", "fan"]
    assert [each.reason for each in found.machines] == [None, NO_NEWS]


def test_all_is_well_only_with_a_daemon_that_hears_every_machine() -> None:
    one = Said(a_daemon("pump"), health(), {"pump": state()})
    both = Said(a_daemon("pump", "fan"), health(), {"pump": state()})
    assert status(one).is_well
    assert not status(one, running=False).is_well
    assert not status(both).is_well
    assert not status(Said()).is_well


def test_a_critical_machine_is_heard() -> None:
    assert status(Said(a_daemon(), None, {"pump": state(severity=Severity.CRITICAL)})).is_well


def test_the_connection_to_the_broker_is_known_only_from_fresh_words() -> None:
    said = Said(a_daemon(), health(), {})
    assert status(said).broker_connected is True
    assert status(said, running=False).broker_connected is None
    assert status(Said(a_daemon(), None, {})).broker_connected is None
    lost = replace(health(), broker=BrokerHealth(connected=False))
    assert status(Said(a_daemon(), lost, {})).broker_connected is False
    old = replace(health(), ts=SOON - NEWS_WITHIN - timedelta(seconds=1))
    assert status(Said(a_daemon(), old, {})).broker_connected is None
    without = replace(a_daemon(), broker=None)
    assert status(Said(without, health(), {})).broker_connected is None


def test_the_process_is_named_only_while_it_runs() -> None:
    said = Said(a_daemon(), None, {})
    assert status(said).pid == a_daemon().pid
    assert status(said, running=False).pid is None
