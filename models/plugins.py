"""Plug-ins of a folder, one class per file, found by their ``kind``."""

import importlib
import importlib.util
import pkgutil
from types import ModuleType
from typing import Any


def found_by_kind(folder: ModuleType) -> dict[str, type[Any]]:
    """Every class with a ``kind`` that a file of the folder defines, by that kind, sorted."""
    kinds: dict[str, type[Any]] = {}
    for file in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
        kinds |= _kinds_in(importlib.import_module(file.name))
    return dict(sorted(kinds.items()))


def class_of_kind(folder: ModuleType, kind: str) -> type[Any]:
    """The class of a kind, from the file that is named for it; no other file is imported.

    Raises:
        LookupError: there is none.
    """
    name = f"{folder.__name__}.{kind.replace('-', '_')}"
    if importlib.util.find_spec(name) is None:
        raise LookupError(f"{folder.__name__} has no file for the kind {kind}")
    return _kinds_in(importlib.import_module(name))[kind]


def _kinds_in(module: ModuleType) -> dict[str, type[Any]]:
    return {
        thing.kind: thing
        for thing in vars(module).values()
        if isinstance(thing, type)
        and thing.__module__ == module.__name__
        and hasattr(thing, "kind")
    }
