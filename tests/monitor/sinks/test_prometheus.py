"""The Prometheus sink, asked over HTTP as Prometheus asks."""

import http.client
import json
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from asd_monitor.models.audio import AudioBlock
from asd_monitor.monitor.config import MetricsConfig
from asd_monitor.monitor.daemon.listener import Listener
from asd_monitor.monitor.daemon.node_health import NodeHealth
from asd_monitor.monitor.daemon.observer import Observer
from asd_monitor.monitor.events import Clock
from asd_monitor.monitor.machine import MachineMonitor
from asd_monitor.monitor.sinks.prometheus import PrometheusSink
from asd_monitor.monitor.source import CaptureState, CaptureStatus
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly
from tests.support.machines import RATE_HZ, a_pipeline, an_identity, healthy
from tests.support.sounds import blocks
from tests.support.stores import unwritable

PATIENCE_S = 20.0
CLASSIC = "text/plain;version=0.0.4"
OPENMETRICS = "application/openmetrics-text;version=1.0.0"


class Quiet:
    """A source in whatever state."""

    kind: ClassVar[str] = "quiet"

    def __init__(self) -> None:
        self.state = CaptureState.HEALTHY

    @property
    def status(self) -> CaptureStatus:
        return CaptureStatus(state=self.state, name="quiet", gaps=2)

    def blocks(self, stop: threading.Event) -> Generator[AudioBlock | None, None, None]:  # noqa: ARG002
        yield None


class Node:
    """A daemon with one machine, a store and the sink, without threads of its own."""

    def __init__(self, store: Store, data: Path) -> None:
        self.store, self.source = store, Quiet()
        health = NodeHealth(node="hall", data=data, store=store, broker=None)
        self.dead: tuple[str, ...] = ()
        self.hanging: tuple[str, ...] = ()
        observer = Observer(
            health, lambda: [self.listener], lambda: self.dead, lambda: self.hanging
        )
        self.sink = PrometheusSink(MetricsConfig(), observer)
        self.monitor = MachineMonitor(
            an_identity(),
            a_pipeline(),
            store=store,
            sinks=[self.sink],
            outgoing=False,
            clock=lambda: Clock.SYNCED,
            now_s=time.monotonic(),
        )
        self.listener = Listener(self.source, self.monitor, "pump")
        self.sink.start()

    def hear(self, seconds: int) -> None:
        """Score so much of normal sound."""
        cuts = range(RATE_HZ, seconds * RATE_HZ, RATE_HZ)
        for block in blocks(healthy()[: seconds * RATE_HZ], cuts=cuts):
            self.monitor.hear(block, now_s=time.monotonic())
            self.monitor.tick(self.source.status, now_s=time.monotonic())

    def ask(self, path: str, accept: str = CLASSIC) -> tuple[int, str, str]:
        """Status, content type and body."""
        port = self.sink.wait_for_port(PATIENCE_S)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        connection.request("GET", path, headers={"Accept": accept})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, answer.headers["Content-Type"], body

    def values(self) -> dict[str, float]:
        """What Prometheus reads, by name; of several with a name the sum."""
        found: dict[str, float] = {}
        families = text_string_to_metric_families(self.ask("/metrics")[2])
        for family in families:
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
        return found

    def healthz(self) -> tuple[int, Any]:
        """Status and fields."""
        status, content_type, body = self.ask("/healthz")
        assert content_type == "application/json"
        return status, json.loads(body)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with Store(tmp_path / "s.sqlite") as store:
        made = Node(store, tmp_path)
        yield made
        made.sink.close(PATIENCE_S)


def test_a_scrape_shows_what_is_true_at_that_moment(node: Node) -> None:
    node.hear(12)
    few = node.values()["asd_monitor_windows_scored_total"]
    node.hear(4)
    seen = node.values()
    assert seen["asd_monitor_windows_scored_total"] > few > 0
    assert seen["asd_monitor_scored_age_seconds"] < PATIENCE_S
    assert seen["asd_monitor_gaps_total"] == 2
    assert seen["asd_monitor_threshold"] == 1.8
    assert seen["asd_monitor_severity"] == 1
    assert seen["process_open_fds"] > 0


def test_events_are_counted(node: Node) -> None:
    node.sink.publish_event(anomaly())
    node.sink.publish_event(anomaly())
    assert node.values()["asd_monitor_events_total"] == 2


def test_who_asks_for_openmetrics_gets_it(node: Node) -> None:
    node.hear(12)
    status, content_type, body = node.ask("/metrics", OPENMETRICS)
    assert status == 200
    assert content_type.startswith("application/openmetrics-text")
    names = [family.name for family in openmetrics.text_string_to_metric_families(body)]  # type: ignore[no-untyped-call]
    assert "asd_monitor_windows_scored" in names


def test_a_machine_that_is_scored_is_well(node: Node) -> None:
    node.hear(2)
    assert node.healthz() == (
        200,
        {"ok": True, "machines": {}, "store": None, "dead_threads": [], "hanging_threads": []},
    )


def test_a_machine_that_nobody_has_scored_is_not_well_until_it_is_known_why(node: Node) -> None:
    status, said = node.healthz()
    assert status == 503
    assert said["machines"] == {"pump": "nothing has been scored yet"}
    node.source.state = CaptureState.LOST
    assert node.healthz()[0] == 200


def test_a_store_that_cannot_be_written_is_not_well(node: Node) -> None:
    node.hear(2)
    with unwritable(node.store):
        status, said = node.healthz()
    assert status == 503
    assert said["store"]
    assert node.healthz()[0] == 200


def test_a_thread_that_has_died_is_not_well(node: Node) -> None:
    node.hear(2)
    node.dead = ("webhook",)
    status, said = node.healthz()
    assert (status, said["dead_threads"]) == (503, ["webhook"])


def test_a_thread_that_hangs_is_not_well(node: Node) -> None:
    node.hear(2)
    node.hanging = ("mqtt",)
    status, said = node.healthz()
    assert (status, said["hanging_threads"]) == (503, ["mqtt"])
