import re
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.source import CaptureState
from asd_monitor.monitor.vitals.metrics import PREFIX, metrics_of
from asd_monitor.monitor.vitals.vitals import Vitals
from tests.support.vitals import machine_vitals, unknown_machine, vitals

DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"
Labels = frozenset[tuple[str, str]]
PUMP: Labels = frozenset({("machine", "pump")})
EVENTS = {("pump", "anomaly_started"): 2, ("pump", "capture_lost"): 1}


def families(seen: Vitals) -> dict[str, Metric]:
    """What Prometheus reads, by name."""

    class Collector:
        def collect(self) -> list[Metric]:
            return list(metrics_of(seen, EVENTS))

    registry = CollectorRegistry()
    registry.register(Collector())
    text = generate_latest(registry).decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def samples(seen: Vitals) -> dict[str, dict[Labels, float]]:
    """Every value that Prometheus reads, by name and labels."""
    found: dict[str, dict[Labels, float]] = {}
    for family in families(seen).values():
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("windows_scored_total", 100),
        ("scored_age_seconds", 0.5),
        ("behind_seconds", 0.25),
        ("overruns_total", 1),
        ("gaps_total", 2),
        ("capture_restarts_total", 3),
        ("dropped_seconds_total", 4.5),
        ("sample_rate_hertz", 48_001.5),
        ("score", 0.5),
        ("threshold", 1.25),
        ("level_dbfs", -30.5),
        ("event_open", 0),
    ],
)
def test_a_machine_has_each_of_its_values(name: str, value: float) -> None:
    assert samples(vitals())[PREFIX + name] == {PUMP: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("uptime_seconds", 12.5),
        ("disk_free_bytes", 1_000_000),
        ("outbox_messages", 1),
        ("outbox_sent_total", 7),
        ("outbox_dropped_total", 0),
        ("mqtt_connected", 1),
    ],
)
def test_a_node_has_each_of_its_values(name: str, value: float) -> None:
    assert samples(vitals())[PREFIX + name] == {frozenset(): value}


def test_failures_of_the_broker_are_counted_by_cause() -> None:
    counted = samples(vitals())[PREFIX + "mqtt_failures_total"]
    assert {dict(labels)["cause"]: value for labels, value in counted.items()} == {
        "connect": 6,
        "tls": 0,
    }


def test_exactly_one_severity_and_one_state_of_capture_hold() -> None:
    seen = samples(vitals(unknown_machine()))
    for name, label, current in (
        ("severity", "severity", "unknown"),
        ("capture_state", "capture_state", "lost"),
    ):
        values = seen[PREFIX + name]
        holding = [dict(labels)[label] for labels, value in values.items() if value == 1]
        assert holding == [current]
        assert len(values) == len(Severity if name == "severity" else CaptureState)


def test_the_reason_is_told_while_there_is_one() -> None:
    (labels,) = samples(vitals(unknown_machine()))[PREFIX + "unknown_reason"]
    assert dict(labels) == {"machine": "pump", "reason": "no_audio"}
    assert PREFIX + "unknown_reason" not in samples(vitals())


def test_events_are_counted_by_machine_and_type() -> None:
    counted = samples(vitals())[PREFIX + "events_total"]
    assert {dict(labels)["event_type"]: value for labels, value in counted.items()} == {
        "anomaly_started": 2,
        "capture_lost": 1,
    }


def test_what_is_not_known_is_left_out_and_never_zero() -> None:
    machine = replace(machine_vitals(), tally=replace(machine_vitals().tally, score=None))
    seen = Vitals(health=None, machines=(replace(machine, state=None),))
    told = samples(seen).keys()
    absent = ("score", "outbox_messages", "mqtt_connected", "severity", "uptime_seconds")
    assert not told & {PREFIX + name for name in absent}
    assert PREFIX + "windows_scored_total" in told


def test_names_keep_the_conventions() -> None:
    for name, family in families(vitals(unknown_machine())).items():
        assert re.fullmatch(r"asd_monitor_[a-z]+(_[a-z]+)*", name)
        assert family.documentation.endswith(".")
        assert not re.search("milli|micro|percent|_(ms|s|hz|db|mb)$", name)
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")


def test_the_page_about_metrics_names_every_one_and_no_other() -> None:
    rows = re.findall(r"^\| `(asd_monitor_\w+)", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(samples(vitals(unknown_machine())))
