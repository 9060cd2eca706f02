import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from asd_monitor.monitor.messages import State, Topics
from asd_monitor.monitor.mqtt.home_assistant import discovery_payload
from tests.support.home_assistant import AVAILABILITY, FIELDS, entity_states
from tests.support.home_assistant_scenes import SCENES, TOPICS, in_words, shown_on_the_page

FROZEN = Path(__file__).with_name("home_assistant_discovery.json")


@pytest.fixture
def discovery() -> dict[str, Any]:
    payload = discovery_payload(TOPICS, "pump", version="0.1.0", with_picture=True)
    fields: dict[str, Any] = json.loads(payload)
    return fields


def test_the_discovery_payload_is_frozen(discovery: Mapping[str, Any]) -> None:
    assert discovery == json.loads(FROZEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", list(FIELDS))
def test_every_field_is_one_that_home_assistant_takes(
    discovery: Mapping[str, Any], version: str
) -> None:
    known = {part: set(fields) for part, fields in FIELDS[version].items()}
    assert discovery.keys() <= known["message"]
    assert discovery["device"].keys() <= known["device"]
    assert discovery["origin"].keys() <= known["origin"]
    for component in discovery["components"].values():
        assert component.keys() - {"platform"} <= known[component["platform"]]
        assert ("options" in component) == (component.get("device_class") == "enum")
    for entry in availabilities(discovery):
        assert entry.keys() <= AVAILABILITY


def availabilities(discovery: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    yield from discovery["availability"]
    for component in discovery["components"].values():
        yield from component.get("availability", [])


def test_what_is_not_inherited_from_the_device_is_said_of_every_entity(
    discovery: Mapping[str, Any],
) -> None:
    components = discovery["components"].values()
    assert {component["qos"] for component in components} == {1}
    assert len({component["unique_id"] for component in components}) == len(components)
    for component in components:
        domain, name = component["default_entity_id"].split(".")
        assert domain == component["platform"]
        assert re.fullmatch(r"[a-z0-9_]+", name)


def test_values_are_fields_of_the_state_and_nothing_is_computed(
    discovery: Mapping[str, Any],
) -> None:
    known = set(State.__dataclass_fields__)
    templates = [c["value_template"] for c in discovery["components"].values() if has_value(c)]
    assert len(templates) >= 8
    for template in templates:
        found = re.fullmatch(r"\{\{ value_json\.(\w+) \}\}", template)
        assert found, template
        assert found[1] in known


def has_value(component: Mapping[str, Any]) -> bool:
    return "value_template" in component


@pytest.mark.parametrize("scene", ["silence", "microphone lost", "node crashed", "broker gone"])
def test_what_cannot_be_judged_is_never_shown_as_well(
    discovery: Mapping[str, Any], scene: str
) -> None:
    shown = entity_states(discovery, SCENES[scene])
    assert shown["anomaly"] == "unavailable"
    assert shown["severity"] in {"unknown", "unavailable"}


def test_a_lost_microphone_is_named_while_the_node_lives(discovery: Mapping[str, Any]) -> None:
    shown = entity_states(discovery, SCENES["microphone lost"])
    assert (shown["microphone"], shown["reason"]) == ("off", "no_audio")
    assert shown["score"] == "unavailable"


def test_the_page_shows_the_states_that_there_are(discovery: Mapping[str, Any]) -> None:
    shown = {
        name: {key: in_words(state) for key, state in entity_states(discovery, scene).items()}
        for name, scene in SCENES.items()
    }
    assert shown_on_the_page() == shown


def test_without_published_pictures_there_is_no_entity_for_them(
    discovery: Mapping[str, Any],
) -> None:
    without = json.loads(discovery_payload(TOPICS, "pump", version="0.1.0"))
    picture = discovery["components"].pop("picture")
    assert discovery == without
    assert picture["image_topic"] == TOPICS.spectrogram("pump")


@pytest.mark.parametrize("node", ["hall", "hall.example.org", "Hall 3", "häll", "a_b"])
def test_the_topic_has_only_characters_that_home_assistant_takes(node: str) -> None:
    topic = Topics(node).discovery("pump")
    assert re.fullmatch(r"homeassistant/device/[a-zA-Z0-9_-]+/config", topic)
    assert Topics("hall").discovery("pump") == "homeassistant/device/asd_monitor_hall_pump/config"


def test_no_two_machines_of_two_nodes_share_a_name() -> None:
    assert Topics("a_b").device_id("c") != Topics("a").device_id("b_c")


def test_forgetting_a_machine_takes_its_introduction_back() -> None:
    assert TOPICS.discovery("pump") in TOPICS.retained("pump")
