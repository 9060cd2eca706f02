"""The plug-ins of the monitor: sources and sinks."""

from asd_monitor.models.plugins import found_by_kind
from asd_monitor.monitor import sinks, sources
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.source import Source


def source_kinds() -> dict[str, type[Source]]:
    """Every source by its kind."""
    return found_by_kind(sources)


def sink_kinds() -> dict[str, type[Sink]]:
    """Every sink by its kind."""
    return found_by_kind(sinks)
