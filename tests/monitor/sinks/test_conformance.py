"""One check per sentence of the contract in `asd_monitor.monitor.sink`, for every sink there is."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from rich.console import Console

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.plugins import class_of_kind, found_by_kind
from asd_monitor.monitor import sinks
from asd_monitor.monitor.config import MetricsConfig, SinkConfig
from asd_monitor.monitor.daemon.node_health import NodeHealth
from asd_monitor.monitor.daemon.observer import Observer
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.sinks.exec import ExecSink
from asd_monitor.monitor.sinks.jsonl import JsonlSink
from asd_monitor.monitor.sinks.live import LiveSink
from asd_monitor.monitor.sinks.log import LogSink
from asd_monitor.monitor.sinks.mqtt import MqttSink
from asd_monitor.monitor.sinks.prometheus import PrometheusSink
from asd_monitor.monitor.sinks.status import StatusSink
from asd_monitor.monitor.sinks.terminal import TerminalSink
from asd_monitor.monitor.sinks.webhook import WebhookSink
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import a_daemon, anomaly, health, state
from tests.support.mosquitto import free_port


def an_observer(store: Store) -> Observer:
    """Looks at a daemon without machines."""
    health = NodeHealth(node="hall", data=Path("/"), store=store, broker=None)
    return Observer(health, list)


_MAKERS: dict[str, Callable[[Store], Sink]] = {
    "exec": lambda _: ExecSink(["/nowhere/program"]),
    "jsonl": lambda store: JsonlSink(Path("/dev/null/events.jsonl"), store.outbox_for("jsonl")),
    "live": lambda _: LiveSink(Console(file=io.StringIO()), lambda: "a view"),
    "log": lambda _: LogSink(),
    "mqtt": lambda store: MqttSink(
        MqttSettings(host="127.0.0.1", port=free_port(), node="hall"), store.outbox
    ),
    "prometheus": lambda store: PrometheusSink(MetricsConfig(), an_observer(store)),
    "status": lambda store: StatusSink(store.status, a_daemon()),
    "terminal": lambda _: TerminalSink(),
    "webhook": lambda store: WebhookSink(
        f"http://127.0.0.1:{free_port()}/", store.outbox_for("webhook")
    ),
}


def test_every_sink_is_found_by_its_kind_and_tested_here() -> None:
    kinds = found_by_kind(sinks)
    assert kinds.keys() == _MAKERS.keys()
    assert all(class_of_kind(sinks, kind) is found for kind, found in kinds.items())


def test_the_configuration_names_every_sink_that_it_can_make() -> None:
    can_be_made = {
        kind for kind, sink in found_by_kind(sinks).items() if hasattr(sink, "configured")
    }
    assert can_be_made == set(get_args(get_type_hints(SinkConfig)["kind"]))


@pytest.fixture(params=sorted(_MAKERS))
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sink]:
    with Store(tmp_path / "s.sqlite") as store:
        made = _MAKERS[request.param](store)
        yield made
        made.close(5)


def _tell_everything(sink: Sink) -> None:
    sink.publish_machine_availability("pump", online=True)
    sink.publish_state(state(severity=Severity.CRITICAL))
    sink.publish_event(anomaly())
    sink.publish_health(health())


def test_nothing_raises_where_nobody_can_be_reached(sink: Sink) -> None:
    sink.start()
    _tell_everything(sink)


def test_every_thread_may_tell(sink: Sink) -> None:
    sink.start()
    failures: list[threading.ExceptHookArgs] = []
    threading.excepthook, before = failures.append, threading.excepthook
    threads = [threading.Thread(target=_tell_everything, args=(sink,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    threading.excepthook = before
    assert failures == []


def test_a_sink_closes_before_it_was_started_and_twice(sink: Sink) -> None:
    sink.close(1)
    sink.close(1)


def test_telling_after_closing_is_no_error(sink: Sink) -> None:
    sink.start()
    sink.close(5)
    _tell_everything(sink)


def test_who_gets_on_does_not_hang(sink: Sink) -> None:
    assert sink.hanging_thread(now_s=time.monotonic() + 1e6) is None
    sink.start()
    _tell_everything(sink)
    assert sink.hanging_thread(now_s=time.monotonic()) is None
    sink.close(10)
    assert sink.hanging_thread(now_s=time.monotonic() + 1e6) is None


def test_no_thread_is_left_behind(sink: Sink) -> None:
    before = set(threading.enumerate())
    sink.start()
    sink.close(10)
    assert set(threading.enumerate()) <= before
