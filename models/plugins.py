"""Plug-ins of a folder, one class per file, found by their ``kind``."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def found_by_kind(folder: ModuleType) -> dict[str, type[Any]]:
    """Every class with a ``kind`` that a module of the folder defines, by that kind, sorted."""
    kinds: dict[str, type[Any]] = {}
    for file in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        module = importlib.import_module(file.name)
        for thing in vars(module).values():
            is_own = isinstance(thing, type) and thing.__module__ == module.__name__
            if is_own and hasattr(thing, "kind"):
                kinds[thing.kind] = thing
    return dict(sorted(kinds.items()))
