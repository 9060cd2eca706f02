"""The MQTT contract, schema 1: a change that breaks one of these breaks every consumer."""

import json
import math
from dataclasses import replace
from datetime import timedelta

import pytest

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.events import Event, close_event
from asd_monitor.monitor.messages import (
    Topics,
    event_payload,
    health_payload,
    stamp_published,
    state_payload,
)
from tests.support.alarms import NOON, anomaly, health, state

EVENT = """{
    "schema": 1,
    "event_type": "anomaly_ended",
    "event_id": "01KG9Y6GKVZZZZZZZZZZZZZZZZ",
    "seq": 42,
    "node": "hall",
    "machine": "pump",
    "severity": "critical",
    "started_at": "2026-01-31T11:59:51.623Z",
    "detected_at": "2026-01-31T12:00:00.123Z",
    "peak_at": "2026-01-31T12:00:00.123Z",
    "ended_at": "2026-01-31T12:00:20.123Z",
    "published_at": "2026-01-31T12:00:21.123Z",
    "duration_s": 28.5,
    "score": 2.5,
    "peak_score": 2.5,
    "threshold": 1.25,
    "p_value": 0.002,
    "detector": "threshold",
    "bands": [{"low_hz": 1000.0, "high_hz": 1500.0, "share": 0.75, "approximate": false}],
    "trend": null,
    "model": "b1",
    "calibration": "c1",
    "clip": null,
    "spectrogram": null,
    "pre_roll_s": null,
    "replayed": false,
    "clock": "synced",
    "source": "live"
}"""

STATE = """{
    "schema": 1,
    "node": "hall",
    "machine": "pump",
    "ts": "2026-01-31T12:00:00.123Z",
    "severity": "normal",
    "reason": null,
    "anomaly": false,
    "score": 0.5,
    "threshold": 1.25,
    "p_value": 0.5,
    "level_dbfs": -30.5,
    "level_shift_db": null,
    "listening": null,
    "regime": null,
    "since": "2026-01-31T12:00:00.123Z",
    "event_id": null,
    "last_anomaly_at": null,
    "bands": null,
    "trend": null,
    "drift": null,
    "capture": "healthy",
    "model": "b1",
    "calibration": "c1",
    "seq": null
}"""

HEALTH = """{
    "schema": 1,
    "node": "hall",
    "ts": "2026-01-31T12:00:00.123Z",
    "version": "0.1.0",
    "uptime_s": 12.5,
    "queue": {"behind_s": 0.25},
    "outbox": {"depth": 1, "dropped": 0, "sent": 7},
    "broker": {"connected": true},
    "capture": {
        "pump": {
            "state": "healthy",
            "overruns": 0,
            "gaps": 1,
            "restarts": 0,
            "dropped_s": 0.0,
            "measured_rate_hz": null
        }
    },
    "disk": {"free_bytes": 1000000},
    "store": {"trouble": null, "short_of_room": false},
    "versions": {"python": "3.11.7"}
}"""


def _ended() -> Event:
    event = replace(anomaly(), event_id="01KG9Y6GKVZZZZZZZZZZZZZZZZ")
    return replace(close_event(event, ended_at=NOON + timedelta(seconds=20)), seq=42)


def _canonical(text: str | bytes) -> str:
    return json.dumps(json.loads(text), sort_keys=True, indent=1)


def test_the_event_payload_is_frozen() -> None:
    payload = stamp_published(event_payload(_ended()), NOON + timedelta(seconds=21))
    assert _canonical(payload) == _canonical(EVENT)


def test_the_state_payload_is_frozen() -> None:
    assert _canonical(state_payload(state())) == _canonical(STATE)


def test_the_health_payload_is_frozen() -> None:
    assert _canonical(health_payload(health())) == _canonical(HEALTH)


def test_the_topics_are_frozen() -> None:
    topics = Topics("hall")
    assert topics.availability == "asd-monitor/hall/availability"
    assert topics.health == "asd-monitor/hall/health"
    assert topics.machine_availability("pump") == "asd-monitor/hall/pump/availability"
    assert topics.state("pump") == "asd-monitor/hall/pump/state"
    assert topics.event("pump") == "asd-monitor/hall/pump/event"


@pytest.mark.parametrize("node", ["", "a/b", "a+", "#", "a\0"])
def test_a_node_that_breaks_topics_is_refused(node: str) -> None:
    with pytest.raises(ConfigurationError, match="node"):
        Topics(node)


@pytest.mark.parametrize("not_a_number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null(not_a_number: float) -> None:
    payload = state_payload(replace(state(), score=not_a_number, level_dbfs=not_a_number))
    assert json.loads(payload)["score"] is None
    assert json.loads(payload)["level_dbfs"] is None


def test_an_unpublished_event_has_no_time_of_publishing() -> None:
    fields = json.loads(event_payload(anomaly()))
    assert fields["published_at"] is None
    assert fields["replayed"] is False


@pytest.mark.parametrize(("late_s", "replayed"), [(0, False), (59, False), (61, True), (9e5, True)])
def test_a_beginning_is_replayed_when_it_comes_late_after_its_detection(
    late_s: float, replayed: bool
) -> None:
    published_at = NOON + timedelta(seconds=late_s)
    fields = json.loads(stamp_published(event_payload(anomaly()), published_at))
    assert fields["replayed"] is replayed


def test_the_end_of_a_long_event_is_not_late() -> None:
    ended_at = NOON + timedelta(hours=1)
    payload = event_payload(close_event(anomaly(), ended_at=ended_at))
    fields = json.loads(stamp_published(payload, ended_at + timedelta(seconds=15)))
    assert fields["replayed"] is False


def test_a_message_of_another_version_passes_with_all_its_fields() -> None:
    fields = json.loads(event_payload(anomaly())) | {"added_later": [1]}
    stamped = stamp_published(json.dumps(fields).encode(), NOON)
    assert json.loads(stamped)["added_later"] == [1]


def test_severities_are_words() -> None:
    unknown = replace(state(severity=Severity.UNKNOWN), reason="silence")
    fields = json.loads(state_payload(unknown))
    assert (fields["severity"], fields["reason"]) == ("unknown", "silence")
