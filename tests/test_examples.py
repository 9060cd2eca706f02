"""What `examples/` offers can be read by what it is meant for, and speaks of what there is."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from asd_monitor.monitor.events import EventType
from asd_monitor.monitor.messages import Topics, event_payload
from asd_monitor.monitor.mqtt.home_assistant import discovery_payload
from tests.support.alarms import anomaly

EXAMPLES = Path(__file__).parent.parent / "examples"
AUTOMATION = EXAMPLES / "home-assistant-automation.yaml"
FLOW = EXAMPLES / "node-red-flow.json"


def flow() -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = json.loads(FLOW.read_text(encoding="utf-8"))
    return nodes


def test_every_automation_has_what_home_assistant_asks_for() -> None:
    automations = yaml.safe_load(AUTOMATION.read_text(encoding="utf-8"))
    assert len({each["id"] for each in automations}) == len(automations) == 3
    for each in automations:
        assert each["alias"]
        assert each["triggers"]
        assert each["actions"]


def test_automations_speak_of_entities_and_fields_that_there_are() -> None:
    text = AUTOMATION.read_text(encoding="utf-8")
    payload = discovery_payload(Topics("hall"), "pump", version="0.1.0", with_picture=True)
    discovery = json.loads(payload)
    known = {each["default_entity_id"] for each in discovery["components"].values()}
    named = set(re.findall(r"\w+\.asd_monitor_hall_pump_\w+", text))
    assert len(named) == 4
    assert named <= known
    fields = set(re.findall(r"attributes\.(\w+)", text))
    assert len(fields) == 5
    assert fields <= json.loads(event_payload(anomaly())).keys()


def test_the_wires_of_the_flow_end_at_its_nodes() -> None:
    nodes = {node["id"]: node for node in flow()}
    wired = {end for node in nodes.values() for wires in node.get("wires", []) for end in wires}
    assert len(wired) == 5
    assert wired <= nodes.keys()
    assert len(nodes) == len(flow())


def test_the_flow_listens_to_events_of_every_machine() -> None:
    (listening,) = [node for node in flow() if node["type"] == "mqtt in"]
    pattern = listening["topic"].replace("+", "[^/]+")
    assert re.fullmatch(pattern, Topics("hall").event("pump"))
    assert listening["broker"] in {node["id"] for node in flow()}


def test_the_flow_speaks_of_events_and_fields_that_there_are() -> None:
    text = FLOW.read_text(encoding="utf-8")
    fields = set(re.findall(r"payload\.(\w+)", text))
    assert len(fields) == 5
    assert fields <= json.loads(event_payload(anomaly())).keys()
    (switch,) = [node for node in flow() if node["type"] == "switch"]
    assert {rule["v"] for rule in switch["rules"]} <= set(EventType)
