"""What Home Assistant makes of a discovery message and of what a broker keeps.

The fields that Home Assistant takes are recorded from the schemas of its own MQTT integration, by
``tests/home_assistant/ask_schemas.py``, in the first release that knows ``default_entity_id`` and
in the newest there was. A field of an entity that it does not know is dropped without a word; one
elsewhere makes it refuse the message.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

FIELDS: dict[str, dict[str, list[str]]] = json.loads(
    Path(__file__).with_name("home_assistant_fields.json").read_text(encoding="utf-8")
)
"""By version and part of the message."""

AVAILABILITY = {"topic", "payload_available", "payload_not_available", "value_template"}
INHERITED = {"availability", "availability_mode", "state_topic"}


def entity_states(discovery: Mapping[str, Any], kept: Mapping[str, str]) -> dict[str, str]:
    """What is shown of every entity.

    Args:
        discovery: the message.
        kept: what the broker keeps, by topic; none where there is no broker.
    """
    shared = {name: value for name, value in discovery.items() if name in INHERITED}
    return {
        key: _entity_state(shared | component, kept)
        for key, component in discovery["components"].items()
    }


def _entity_state(entity: Mapping[str, Any], kept: Mapping[str, str]) -> str:
    assert entity["availability_mode"] == "all"
    if not all(_is_available(each, kept) for each in entity["availability"]):
        return "unavailable"
    if entity["platform"] == "event":
        return "last event"
    if entity["platform"] == "image":
        return "last picture"
    value = _render(entity.get("value_template"), kept[entity["state_topic"]])
    if value == "None":
        return "unknown"
    if entity["platform"] == "binary_sensor":
        return {entity["payload_on"]: "on", entity["payload_off"]: "off"}[value]
    if "options" in entity:
        assert value in entity["options"]
    return value


def _is_available(entry: Mapping[str, str], kept: Mapping[str, str]) -> bool:
    if entry["topic"] not in kept:
        return False
    said = _render(entry.get("value_template"), kept[entry["topic"]])
    available = entry.get("payload_available", "online")
    assert said in {available, entry.get("payload_not_available", "offline")}
    return said == available


def _render(template: str | None, payload: str) -> str:
    if template is None:
        return payload
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701
    return environment.from_string(template).render(value_json=json.loads(payload))
