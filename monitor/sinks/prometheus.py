"""The Prometheus sink: metrics and a health check for who asks, on this host."""

import threading
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from typing import ClassVar

import msgspec
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder

from asd_monitor.monitor.config import MetricsConfig
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.messages import Health, State
from asd_monitor.monitor.vitals.http_endpoint import Answer, HttpEndpoint
from asd_monitor.monitor.vitals.metrics import metrics_of
from asd_monitor.monitor.vitals.onlooker import Onlooker


class PrometheusSink:
    """Answers ``/metrics`` and ``/healthz``; looks at the daemon when it is asked.

    Args:
        configured: where to listen.
        observer: looks at the daemon.
    """

    kind: ClassVar[str] = "prometheus"

    def __init__(self, configured: MetricsConfig, observer: Onlooker) -> None:
        self._observer = observer
        self._states: dict[str, State] = {}
        self._events: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        pages = {"/metrics": self._metrics, "/healthz": self._healthz}
        self._endpoint = HttpEndpoint(configured.address, configured.port or 0, pages)

    def start(self) -> None:
        """Begin to listen on the port."""
        self._endpoint.start()

    def wait_for_port(self, timeout_s: float) -> int | None:
        """The port it listens on; None where it still does not when time is up."""
        return self._endpoint.wait_for_port(timeout_s)

    def publish_event(self, event: Event) -> None:
        """Count it."""
        with self._lock:
            self._events[event.machine, event.event_type] += 1

    def publish_state(self, state: State) -> None:
        """Keep it in place of the machine's last."""
        with self._lock:
            self._states[state.machine] = state

    def publish_machine_availability(self, machine: str, *, online: bool) -> None:
        """Nothing to do: it is looked at when somebody asks."""

    def publish_health(self, health: Health) -> None:
        """Nothing to do: it is asked for when somebody asks."""

    def hanging_thread(self, *, now_s: float) -> str | None:  # noqa: ARG002 - nobody waits for it
        """None of those who answer: who asks and is not answered knows it."""
        return None

    def close(self, timeout_s: float) -> None:
        """Stop listening on the port."""
        self._endpoint.close(timeout_s)

    def collect(self) -> Iterator[Metric]:
        """Every metric as it is now; prometheus_client's contract of a collector."""
        with self._lock:
            states, events = dict(self._states), dict(self._events)
        return metrics_of(self._observer.look(states), events)

    def _metrics(self, accept: str) -> Answer:
        encode, content_type = choose_encoder(accept)
        return Answer(HTTPStatus.OK, content_type, encode(self._registry))

    def _healthz(self, _accept: str) -> Answer:
        complaints = self._observer.look({}).complaints()
        store = self._observer.store_complaint()
        dead, hanging = self._observer.dead_threads(), self._observer.hanging_threads()
        body = {
            "ok": not (complaints or store or dead or hanging),
            "machines": complaints,
            "store": store,
            "dead_threads": dead,
            "hanging_threads": hanging,
        }
        status = HTTPStatus.OK if body["ok"] else HTTPStatus.SERVICE_UNAVAILABLE
        return Answer(status, "application/json", msgspec.json.encode(body) + b"\n")
