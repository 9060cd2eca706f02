import json
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.timestamps import parse_utc, utc_now
from asd_monitor.monitor.daemon.lock import sole_daemon
from asd_monitor.monitor.events import Band
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.alarms import a_daemon, anomaly, health, state
from tests.support.called import Caller


@pytest.fixture
def call(call: Caller, tmp_path: Path) -> Caller:
    now = utc_now()
    with Store(tmp_path / FILE_NAME) as store:
        store.status.begin(replace(a_daemon("pump"), started_at=now))
        store.status.write_state(replace(state(), ts=now, since=now))
        store.status.write_health(replace(health(), ts=now))
        store.record(anomaly(), outgoing=True)
    return call


def test_while_the_daemon_runs_all_is_well(call: Caller) -> None:
    with sole_daemon(call.data):
        outcome = call("status")
        assert outcome.code == 0
    headline, data, broker, _, _, pump = outcome.stdout.splitlines()
    assert "running for" in headline
    assert "(process 1234)" in headline
    assert str(call.data) in data
    assert "hall:1883, connected; 1 event message waits" in broker
    assert pump.split()[:2] == ["pump", "normal"]


def test_trend_and_frequencies_are_told_in_words(call: Caller) -> None:
    told = replace(
        state(machine="fan"), ts=utc_now(), trend=Trend.RISING, bands=(Band(1000.0, 1500.0, 0.75),)
    )
    with Store(call.data / FILE_NAME) as store:
        store.status.write_state(told)
    with sole_daemon(call.data):
        shown = call("status").stdout
        fields = json.loads(call("status", "--json").stdout)
    (fan,) = (line for line in shown.splitlines() if line.startswith("fan"))
    assert "rising" in fan
    assert "1.0-1.5 kHz" in fan
    (fan,) = (each for each in fields["machines"] if each["machine"] == "fan")
    assert fan["trend"] == "rising"
    assert fan["bands"] == [
        {"low_hz": 1000.0, "high_hz": 1500.0, "share": 0.75, "approximate": False}
    ]


def test_when_it_does_not_run_nothing_is_said_to_be_normal(call: Caller) -> None:
    outcome = call("status")
    assert outcome.code == 1
    assert "NOT RUNNING, nobody listens" in outcome.stdout
    assert "unknown (not_running)" in outcome.stdout
    assert "normal" not in outcome.stdout


def test_one_machine_that_is_not_heard_is_enough(call: Caller) -> None:
    lost = replace(state(machine="fan", severity=Severity.UNKNOWN), reason="no_audio", ts=utc_now())
    with Store(call.data / FILE_NAME) as store:
        store.status.write_state(lost)
    with sole_daemon(call.data):
        outcome = call("status")
    assert outcome.code == 1
    assert "unknown (no_audio)" in outcome.stdout


def test_json_has_it_all_with_times_that_programs_read(call: Caller) -> None:
    with sole_daemon(call.data):
        fields = json.loads(call("status", "--json").stdout)
    assert (fields["ok"], fields["running"], fields["node"]) == (True, True, "hall")
    assert fields["outbox"] == {"depth": 1, "dropped": 0, "sent": 0}
    (pump,) = fields["machines"]
    assert pump["severity"] == "normal"
    assert pump["last_clip_at"] is None
    assert parse_utc(pump["since"]) <= utc_now()
    assert json.loads(call("status", "--json").stdout)["ok"] is False


def test_a_daemon_without_a_broker_is_said_to_have_none(call: Caller) -> None:
    with Store(call.data / FILE_NAME) as store:
        store.status.begin(replace(a_daemon(), broker=None))
    assert "broker  none, nothing is published" in call("status").stdout
