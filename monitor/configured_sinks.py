"""The sinks that a configuration names."""

from collections.abc import Sequence
from typing import Protocol, Self

from asd_monitor.models.plugins import class_of_kind
from asd_monitor.monitor import sinks
from asd_monitor.monitor.config import MetricsConfig, SinkConfig
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.store.store import Store
from asd_monitor.monitor.vitals.onlooker import Onlooker


class ConfiguredSink(Sink, Protocol):
    """A sink that a table ``[[sink]]`` can name: those of `asd_monitor.monitor.sinks` with this."""

    @classmethod
    def configured(cls, settings: SinkConfig, store: Store) -> Self:
        """Make it.

        Args:
            settings: its table, which was checked.
            store: has an outbox for it.

        Raises:
            ConfigurationError: a file with a secret cannot be read.
        """
        ...


def open_sinks(configured: Sequence[SinkConfig], store: Store) -> list[Sink]:
    """Make the sinks of the tables ``[[sink]]``; what they deliver waits in the store.

    Raises:
        ConfigurationError: a file with a secret cannot be read.
    """
    return [_sink(each).configured(each, store) for each in configured]


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


def _sink(configured: SinkConfig) -> type[ConfiguredSink]:
    return class_of_kind(sinks, configured.kind)
