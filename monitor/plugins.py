"""Plug-ins of a folder, one class per file, found by their ``kind``."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def found_by_kind(folder: ModuleType) -> dict[str, type[Any]]:
    """Every class with a ``kind`` that a module of the folder defines, by that kind."""
    kinds: dict[str, type[Any]] = {}
    for found in pkgutil.iter_modules(folder.__path__):
        module = importlib.import_module(f"{folder.__name__}.{found.name}")
        for thing in vars(module).values():
            if getattr(thing, "__module__", None) == module.__name__ and hasattr(thing, "kind"):
                kinds[thing.kind] = thing
    return kinds
