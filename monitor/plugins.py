"""Plug-ins of a folder, one class per file, found by their ``kind``."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from asd_monitor.monitor import sinks, sources
from asd_monitor.monitor.sink import Sink
from asd_monitor.monitor.source import Source


def source_kinds() -> dict[str, type[Source]]:
    """Every source by its kind."""
    return _found_by_kind(sources)


def sink_kinds() -> dict[str, type[Sink]]:
    """Every sink by its kind."""
    return _found_by_kind(sinks)


def _found_by_kind(folder: ModuleType) -> dict[str, type[Any]]:
    kinds: dict[str, type[Any]] = {}
    for found in pkgutil.iter_modules(folder.__path__):
        module = importlib.import_module(f"{folder.__name__}.{found.name}")
        for thing in vars(module).values():
            if getattr(thing, "__module__", None) == module.__name__ and hasattr(thing, "kind"):
                kinds[thing.kind] = thing
    return kinds
