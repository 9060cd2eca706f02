"""The metrics of `asd_monitor.monitor.vitals.vitals`, named by the conventions of Prometheus. Pure.

https://prometheus.io/docs/practices/naming/: base units, ``_total`` for what only grows. Imported
only where metrics are configured.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.liveness import Listening
from asd_monitor.monitor.messages import Health
from asd_monitor.monitor.source import CaptureState
from asd_monitor.monitor.vitals.vitals import BrokerVitals, MachineVitals, Vitals

PREFIX = "asd_monitor_"
Labels = Mapping[str, str]


@dataclass(slots=True)
class _Sheet:
    """Metrics under way, in the order of their first value."""

    families: dict[str, Metric] = field(default_factory=dict)

    def gauge(self, name: str, meaning: str, value: float | None, **labels: str) -> None:
        """Add a value that goes up and down; none where it is not known."""
        self._add(GaugeMetricFamily(PREFIX + name, meaning), PREFIX + name, value, labels)

    def counter(self, name: str, meaning: str, value: float | None, **labels: str) -> None:
        """Add a value that only grows; its name gets ``_total``."""
        self._add(
            CounterMetricFamily(PREFIX + name, meaning), f"{PREFIX}{name}_total", value, labels
        )

    def one_of(
        self, name: str, meaning: str, values: Iterable[str], current: str | None, **labels: str
    ) -> None:
        """Add a 1 for the value that holds and a 0 for every other."""
        for value in values:
            self.gauge(name, meaning, float(value == current), **labels, **{name: value})

    def _add(self, family: Metric, sample: str, value: float | None, labels: Labels) -> None:
        if value is not None:
            self.families.setdefault(family.name, family).add_sample(sample, dict(labels), value)


def metrics_of(vitals: Vitals, events: Mapping[tuple[str, str], int]) -> Iterator[Metric]:
    """Every metric of a node.

    Args:
        vitals: how it is.
        events: events recorded since the start, by machine and type.
    """
    sheet = _Sheet()
    if vitals.health is not None:
        _write_node(sheet, vitals.health)
    if vitals.broker is not None:
        _write_broker(sheet, vitals.broker)
    for machine in vitals.machines:
        _write_capture(sheet, machine)
        _write_scoring(sheet, machine)
        _write_state(sheet, machine)
    for (name, kind), count in sorted(events.items()):
        meaning = "Events recorded, by type."
        sheet.counter("events", meaning, count, machine=name, event_type=kind)
    yield from sheet.families.values()


def _write_node(sheet: _Sheet, health: Health) -> None:
    sheet.gauge(
        "info",
        "Always 1; which version runs on which node.",
        1,
        node=health.node,
        version=health.version,
    )
    sheet.gauge("uptime_seconds", "Time since the daemon started.", health.uptime_s)
    sheet.gauge("disk_free_bytes", "Room left in the data folder.", health.disk.free_bytes)
    sheet.gauge("outbox_messages", "Event messages that wait for the broker.", health.outbox.depth)
    sheet.counter("outbox_sent", "Event messages that the broker took.", health.outbox.sent)
    sheet.counter(
        "outbox_dropped", "Event messages given up as too many waited.", health.outbox.dropped
    )


def _write_broker(sheet: _Sheet, broker: BrokerVitals) -> None:
    sheet.gauge("mqtt_connected", "1 while the broker is connected.", float(broker.connected))
    for cause, count in broker.failures.items():
        meaning = "Connections to the broker that failed or were lost, and messages it refused."
        sheet.counter("mqtt_failures", meaning, count, cause=cause)


def _write_capture(sheet: _Sheet, vitals: MachineVitals) -> None:
    status, labels = vitals.capture, {"machine": vitals.machine}
    states = [state.value for state in CaptureState]
    sheet.one_of(
        "capture_state", "1 for the state of the sound's source.", states, status.state, **labels
    )
    for name, meaning, count in (
        ("overruns", "Times the sound system threw sound away.", status.overruns),
        ("gaps", "Times sound was lost in all.", status.gaps),
        ("capture_restarts", "Times the source was opened again.", status.restarts),
        ("dropped_seconds", "Sound given up as scoring was behind.", status.dropped_s),
    ):
        sheet.counter(name, meaning, count, **labels)
    rate_hz = status.measured_rate_hz
    sheet.gauge("behind_seconds", "Sound that waits to be scored.", status.behind_s, **labels)
    sheet.gauge(
        "sample_rate_hertz", "Samples that arrive in a second, measured.", rate_hz, **labels
    )


def _write_scoring(sheet: _Sheet, vitals: MachineVitals) -> None:
    tally, labels = vitals.tally, {"machine": vitals.machine}
    sheet.counter("windows_scored", "Context windows scored.", tally.n_windows, **labels)
    for name, meaning, value in (
        ("scored_age_seconds", "Time since something was scored.", vitals.scored_age_s),
        ("score", "Score of the newest clip.", tally.score),
        ("threshold", "Score above which an alarm is confirmed.", tally.threshold),
        ("level_dbfs", "Level of the newest clip, decibels below full scale.", tally.level_dbfs),
    ):
        sheet.gauge(name, meaning, value, **labels)


def _write_state(sheet: _Sheet, vitals: MachineVitals) -> None:
    state, labels = vitals.state, {"machine": vitals.machine}
    if state is None:
        return
    severities = [severity.value for severity in Severity]
    ways = [listening.value for listening in Listening]
    sheet.one_of(
        "severity", "1 for the machine's confirmed severity.", severities, state.severity, **labels
    )
    sheet.one_of(
        "listening",
        "1 for how the listening to the machine goes.",
        ways,
        state.listening,
        **labels,
    )
    if state.reason is not None:
        meaning = "1 for the reason why the machine cannot be judged."
        sheet.gauge("unknown_reason", meaning, 1, **labels, reason=state.reason)
    sheet.gauge("event_open", "1 while an anomaly lasts.", float(state.anomaly), **labels)
