"""The sinks that a configuration names."""

from collections.abc import Sequence

from asd_monitor.monitor.config import MetricsConfig, SinkConfig, find_secret
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.sinks.exec import ExecSink
from asd_monitor.monitor.sinks.jsonl import JsonlSink
from asd_monitor.monitor.sinks.webhook import WebhookSink
from asd_monitor.monitor.store.store import Store
from asd_monitor.monitor.vitals.onlooker import Onlooker


def open_sinks(configured: Sequence[SinkConfig], store: Store) -> list[Sink]:
    """Make the sinks of the tables ``[[sink]]``; what they deliver waits in the store.

    Raises:
        ConfigurationError: a file with a secret cannot be read.
    """
    return [_open(each, store) for each in configured]


def open_metrics(configured: MetricsConfig, observer: Onlooker) -> list[Sink]:
    """Make the sink of the table ``[metrics]``, where it names a port.

    Args:
        configured: the table.
        observer: looks at the daemon when somebody asks.
    """
    if configured.port is None:
        return []
    from asd_monitor.monitor.sinks.prometheus import PrometheusSink  # noqa: PLC0415 - rarely needed

    return [PrometheusSink(configured, observer)]


def _open(configured: SinkConfig, store: Store) -> Sink:
    name = configured.name
    if configured.kind == "exec":
        return ExecSink(configured.command, timeout_s=configured.timeout_s, name=name)
    outbox = store.outbox_for(f"sink/{name}")
    if configured.kind == "jsonl" and configured.path is not None:
        return JsonlSink(configured.path, outbox, name=name)
    return WebhookSink(
        configured.url or "",
        outbox,
        secret=find_secret(
            f"{name}-secret", file=configured.secret_file, key=f"{name}.secret_file"
        ),
        timeout_s=configured.timeout_s,
        name=name,
    )
