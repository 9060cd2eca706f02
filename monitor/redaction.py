"""Taking out of a text for others what is nobody's business. Pure.

Two belts: of a configuration only values that cannot be secret are shown at all, and whatever is
known to be secret is struck out of every text, in each spelling it may have there.
"""

import dataclasses
import json
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from asd_monitor.monitor.config import Config

REMOVED: Final = "[removed]"
# Keys whose text is shown. Every other one that is set, an address or a command say, is struck out:
# a key that is added tomorrow is no leak.
_SHOWN: Final = frozenset(
    {"address", "bands", "device", "format", "host", "id", "kind", "name", "source", "speech"}
    | {"speed"}
)
# What is shorter would strike out half of the text, and is no secret worth the name.
_SHORTEST: Final = 4


def redacted(config: Config) -> dict[str, Any]:
    """The configuration as plain tables, without what may be secret and what is not set."""
    return {
        name: _redacted(name, value)
        for name, value in ((f.name, getattr(config, f.name)) for f in dataclasses.fields(config))
    }


def secrets_in(config: Config) -> Iterator[str]:
    """Every text of a configuration that is not shown, and the parts of addresses."""
    for value in _hidden(None, config):
        yield value
        yield from _parts_of_address(value)


def strike_out(text: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets of at least four characters.

    They are found as they are, and as JSON, addresses and Python write them.
    """
    spellings = {each for secret in secrets for each in _spellings(secret)}
    for spelling in sorted(spellings, key=len, reverse=True):
        if len(spelling) >= _SHORTEST:
            text = text.replace(spelling, REMOVED)
    return text


def _redacted(key: str, value: object) -> Any:  # noqa: ANN401 - a tree of plain values
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: _redacted(name, each) for name, each in fields if each not in (None, ())}
    if isinstance(value, tuple):
        return [_redacted(key, each) for each in value]
    if isinstance(value, str) and not _is_shown(key, value):
        return REMOVED
    return str(value) if isinstance(value, Path) else value


def _hidden(key: str | None, value: object) -> Iterator[str]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _hidden(field.name, getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _hidden(key, each)
    elif isinstance(value, str) and not _is_shown(key, value):
        yield value


def _is_shown(key: str | None, value: str) -> bool:
    return key in _SHOWN and "://" not in value


def _parts_of_address(text: str) -> Iterator[str]:
    try:
        parts = urllib.parse.urlsplit(text)
    except ValueError:
        return
    if not parts.scheme or not parts.netloc:
        return
    yield from (each for each in (parts.username, parts.password, parts.query) if each)
    yield from (value for _, value in urllib.parse.parse_qsl(parts.query))


def _spellings(secret: str) -> set[str]:
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        urllib.parse.quote(secret),
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote_plus(secret),
        repr(secret)[1:-1],
    }
