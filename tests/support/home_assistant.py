"""What Home Assistant makes of a discovery message and of what a broker keeps.

The fields are those that Home Assistant takes, recorded from the schemas of its MQTT integration
(``homeassistant/components/mqtt``: ``schemas.py``, ``sensor.py``, ``binary_sensor.py``,
``event.py``, ``image.py``) from release 2025.10 on, which brought ``default_entity_id``. A field of
an entity that it does not know is dropped without a word; one elsewhere makes it refuse the
message.
"""

import json
from collections.abc import Mapping
from typing import Any

import jinja2

TOP = {"device", "origin", "components", "availability", "availability_mode", "state_topic"}
TOP |= {"command_topic", "encoding", "qos"}
DEVICE = {"identifiers", "connections", "manufacturer", "model", "model_id", "name", "hw_version"}
DEVICE |= {"serial_number", "sw_version", "via_device", "suggested_area", "configuration_url"}
ORIGIN = {"name", "sw_version", "support_url"}
AVAILABILITY = {"topic", "payload_available", "payload_not_available", "value_template"}
ENTITY = {"platform", "name", "unique_id", "default_entity_id", "qos", "encoding", "icon"}
ENTITY |= {"state_topic", "value_template", "availability", "availability_mode", "device_class"}
ENTITY |= {"enabled_by_default", "entity_category", "json_attributes_topic"}
OF_PLATFORM = {
    "sensor": {"expire_after", "force_update", "options", "state_class"}
    | {"suggested_display_precision", "unit_of_measurement"},
    "binary_sensor": {"expire_after", "force_update", "off_delay", "payload_on", "payload_off"},
    "event": {"event_types"},
    "image": {"content_type", "image_encoding", "image_topic", "url_template", "url_topic"},
}
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
