"""The configuration described for programs: its tables, and a JSON schema for editors. Pure.

Everything comes from the dataclasses and their docstrings; `docs/configuration.md` has the same.
"""

import inspect
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from asd_monitor.monitor.config.whole import Config

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def tables() -> Iterator[tuple[str, type]]:
    """Every table of the configuration: its name in brackets, as TOML has it, and what holds it."""
    for name, kind in typing.get_type_hints(Config).items():
        if typing.get_origin(kind) is tuple:
            yield f"[[{name}]]", typing.get_args(kind)[0]
        else:
            yield f"[{name}]", kind


def meanings(table: type) -> dict[str, str]:
    """What each key of a table means: the section "Attributes" of its docstring."""
    text = inspect.cleandoc(table.__doc__ or "").partition("Attributes:\n")[2]
    entries = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", text, flags=re.MULTILINE)
    return {name: re.sub(r"\s+", " ", meaning).replace("``", "`") for name, meaning in entries}


def json_schema() -> dict[str, Any]:
    """A schema by which an editor completes and checks a file as it is written.

    What only a look at the whole shows, such as two machines of one id, is left to ``check``.
    """
    schema: dict[str, Any] = msgspec.json.schema(Config, schema_hook=_of_path)
    known = {table.__name__: table for _, table in tables()} | {Config.__name__: Config}
    for name, definition in schema["$defs"].items():
        meaning = meanings(known[name])
        definition["description"] = _first_line(known[name])
        definition["additionalProperties"] = False
        definition["properties"] = {
            key: _without_null(value) | ({"description": meaning[key]} if key in meaning else {})
            for key, value in definition["properties"].items()
        }
    whole: dict[str, Any] = schema["$defs"].pop(Config.__name__)
    whole["required"] = ["machine"]
    whole["properties"]["machine"]["minItems"] = 1
    return {"$schema": _DRAFT} | whole | {"title": "asd-monitor", "$defs": schema["$defs"]}


def _first_line(table: type) -> str:
    return inspect.cleandoc(table.__doc__ or "").partition("\n")[0].replace("``", "`")


def _of_path(kind: type) -> dict[str, Any]:
    if kind is Path:
        return {"type": "string"}
    raise NotImplementedError(f"the configuration holds a {kind}, which TOML cannot write")


def _without_null(value: dict[str, Any]) -> dict[str, Any]:
    """TOML has no null: a key that may be missing is of its other kind."""
    kept = {key: each for key, each in value.items() if key != "anyOf"}
    if kept.get("default", 0) in (None, ()):
        del kept["default"]
    kinds: list[dict[str, Any]] = [
        kind for kind in value.get("anyOf", ()) if kind != {"type": "null"}
    ]
    if len(kinds) == 1:
        return kept | kinds[0]
    return kept | ({"anyOf": kinds} if kinds else {})
