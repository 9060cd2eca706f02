"""Home Assistant itself takes what we tell it, and shows what the page promises.

Needs a Python that has Home Assistant and what its MQTT integration asks for, named by
``ASD_MONITOR_HOME_ASSISTANT``; docs/home-assistant.md says how to make one.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from asd_monitor.monitor.messages import event_payload
from asd_monitor.monitor.mqtt.home_assistant import discovery_payload
from tests.support.alarms import anomaly
from tests.support.home_assistant import FIELDS
from tests.support.home_assistant_scenes import (
    BROKER_GONE,
    SCENES,
    TOPICS,
    in_words,
    shown_on_the_page,
)
from tests.support.mosquitto import Mosquitto, needs_mosquitto
from tests.support.process_lines import ProcessLines

PYTHON = os.environ.get("ASD_MONITOR_HOME_ASSISTANT")
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        PYTHON is None, reason="ASD_MONITOR_HOME_ASSISTANT names no Python with Home Assistant"
    ),
]
SCRIPTS = Path(__file__).parents[1] / "home_assistant"
DISCOVERY = discovery_payload(TOPICS, "pump", version="0.1.0", with_picture=True)
PATIENCE_S = 120.0


def running(name: str, *arguments: str) -> "subprocess.Popen[str]":
    """A script, run by Home Assistant's Python, which may live where our files are not seen."""
    assert PYTHON is not None
    script = (SCRIPTS / name).read_text(encoding="utf-8")
    return subprocess.Popen(
        [PYTHON, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_its_own_schemas_have_nothing_against_the_discovery_message() -> None:
    said, _ = running("ask_schemas.py", DISCOVERY.decode()).communicate(timeout=PATIENCE_S)
    answer = json.loads(said.splitlines()[-1])
    assert answer["objections"] == []
    recorded = FIELDS.get(answer["version"], answer["known"])
    assert answer["known"] == recorded


def test_its_own_schemas_would_object_to_what_they_do_not_know() -> None:
    message = json.loads(DISCOVERY)
    message["components"]["score"]["expires_after"] = 100
    message["components"]["event"].pop("event_types")
    said, _ = running("ask_schemas.py", json.dumps(message)).communicate(timeout=PATIENCE_S)
    found = json.loads(said.splitlines()[-1])["objections"]
    assert [each.partition(":")[0] for each in found] == [
        "score, strictly",
        "event",
        "event, strictly",
    ]


class Core:
    """A core of Home Assistant, and what it shows."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lines = ProcessLines(process)

    def end(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._lines.join()

    def wait_for(self, is_so: Callable[[Mapping[str, str]], bool]) -> Mapping[str, str]:
        """What is shown of every entity, by its id, once something is so, or at the end."""
        self._lines.wait_for(lambda lines: is_so(shown(lines)), PATIENCE_S)
        return shown(self._lines.all())

    @property
    def complaints(self) -> list[str]:
        """What it has logged about us or about MQTT."""
        said = [json.loads(line).get("log") or "" for line in self._lines.all()]
        return [line for line in said if "mqtt" in line.lower()]


def shown(lines: list[str]) -> dict[str, str]:
    told: list[dict[str, Any]] = [json.loads(line) for line in lines if '"entity"' in line]
    return {each["entity"]: each["state"] for each in told}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running_broker:
        yield running_broker


@pytest.fixture
def core(broker: Mosquitto) -> Iterator[Core]:
    started = Core(running("run_core.py", str(broker.port)))
    try:
        yield started
    finally:
        started.end()


def publish(broker: Mosquitto, topic: str, payload: bytes, *, retain: bool = True) -> None:
    subprocess.run(
        ["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-t", topic]
        + (["-s"] if payload else ["-n"])
        + (["-r"] if retain else []),
        input=payload,
        check=True,
    )


def entities() -> dict[str, str]:
    """The id in Home Assistant of every entity, by its key."""
    components = json.loads(DISCOVERY)["components"]
    return {key: component["default_entity_id"] for key, component in components.items()}


def as_the_page_says(core_shows: Mapping[str, str]) -> dict[str, str]:
    said = {key: in_words(core_shows.get(entity, "nothing")) for key, entity in entities().items()}
    last = {key: f"last {key}" for key in ("event", "picture") if said[key] == "a time"}
    return said | last


def is_as_promised(promised: Mapping[str, str], core_shows: Mapping[str, str]) -> bool:
    return as_the_page_says(core_shows) == promised


@needs_mosquitto
def test_a_running_core_shows_what_the_page_promises_in_every_scene(
    broker: Mosquitto, core: Core
) -> None:
    publish(broker, TOPICS.discovery("pump"), DISCOVERY)
    ids = set(entities().values())
    assert ids <= core.wait_for(lambda seen: ids <= seen.keys()).keys()
    for topic, payload in SCENES["normal"].items():
        publish(broker, topic, payload.encode())
    event = entities()["event"]
    assert core.wait_for(lambda seen: seen[event] == "unknown")[event] == "unknown"
    publish(broker, TOPICS.event("pump"), event_payload(anomaly()), retain=False)
    publish(broker, TOPICS.spectrogram("pump"), b"\x89PNG\r\n\x1a\n")
    for scene, promised in shown_on_the_page().items():
        for topic, payload in SCENES[scene].items():
            publish(broker, topic, payload.encode())
        if scene == BROKER_GONE:
            assert core.complaints == []
            broker.stop()
        seen = core.wait_for(partial(is_as_promised, promised))
        assert as_the_page_says(seen) == promised, scene


@needs_mosquitto
def test_a_machine_that_is_forgotten_disappears(broker: Mosquitto, core: Core) -> None:
    publish(broker, TOPICS.discovery("pump"), DISCOVERY)
    ids = set(entities().values())
    core.wait_for(lambda seen: ids <= seen.keys())
    publish(broker, TOPICS.discovery("pump"), b"")
    gone = core.wait_for(lambda seen: not any(seen.get(each) for each in ids))
    assert [gone[each] for each in ids] == [None] * len(ids)
