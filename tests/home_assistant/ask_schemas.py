"""Asks the schemas of Home Assistant about a discovery message; run by its Python, not by ours.

The message is the only argument. Prints one JSON object: the version of Home Assistant, what its
schemas have against the message, and which fields they know (for
``tests/support/home_assistant_fields.json``). A field of an entity that it does not know it drops
without a word; the stricter schema for what people write themselves names those.
"""

import asyncio
import importlib
import json
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from homeassistant.components.mqtt import schemas
from homeassistant.const import __version__
from homeassistant.core import HomeAssistant

Fields = dict[str, Any]


def objection(what: str, schema: Callable[[Fields], Fields], fields: Fields) -> list[str]:
    """What a schema has against some fields."""
    try:
        schema(fields)
    except Exception as error:  # noqa: BLE001 - the class differs between versions
        return [f"{what}: {error}"]
    return []


def objections(message: Fields) -> list[str]:
    """What all of them have against the message."""
    found = objection("device", schemas.DEVICE_DISCOVERY_SCHEMA, message)
    shared = {name: message[name] for name in schemas.SHARED_OPTIONS if name in message}
    for key, component in message["components"].items():
        platform = importlib.import_module(f"homeassistant.components.mqtt.{component['platform']}")
        fields = {name: value for name, value in component.items() if name != "platform"}
        found += objection(key, platform.DISCOVERY_SCHEMA, shared | fields)
        # An image has no state topic, and is not minded that its device has one.
        inherited = {} if component["platform"] == "image" else shared
        found += objection(f"{key}, strictly", platform.PLATFORM_SCHEMA_MODERN, inherited | fields)
    return found


def known(schema: Any) -> set[str]:  # noqa: ANN401 - of one of two libraries
    """The names of the fields that a schema knows."""
    inner = getattr(schema, "schema", None) or schema
    if isinstance(inner, dict):
        return {str(getattr(key, "schema", key)) for key in inner}
    return set().union(*(known(each) for each in getattr(schema, "validators", ())))


def known_fields() -> dict[str, list[str]]:
    """The same of all that concern us, in the order of the alphabet."""
    parts = {
        "message": schemas.DEVICE_DISCOVERY_SCHEMA,
        "device": schemas.MQTT_ENTITY_DEVICE_INFO_SCHEMA,
        "origin": schemas.MQTT_ORIGIN_INFO_SCHEMA,
    }
    for name in ("sensor", "binary_sensor", "event", "image"):
        platform = importlib.import_module(f"homeassistant.components.mqtt.{name}")
        parts[name] = platform.PLATFORM_SCHEMA_MODERN
    return {name: sorted(known(schema)) for name, schema in parts.items()}


async def main(message: Fields) -> None:
    """Ask while a core is there, which templates are checked with."""
    with tempfile.TemporaryDirectory() as folder:
        HomeAssistant(folder)
        answer = {"objections": objections(message), "known": known_fields()}
        sys.stdout.write(json.dumps({"version": __version__} | answer))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
