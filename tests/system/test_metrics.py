"""Metrics and health check of the real daemon, asked as Prometheus asks."""

import json
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from asd_monitor.monitor.folders import MachineFolder
from tests.support.command_line import running
from tests.support.configured import configure
from tests.support.machines import LENGTH_S, healthy, install, write_session
from tests.support.mosquitto import free_port

pytestmark = pytest.mark.system
PATIENCE_S = 60.0
ASK_AGAIN_S = 0.2


def ask(port: int, path: str) -> tuple[int, str]:
    """Status and body; 0 while nobody listens on the port yet."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except urllib.error.URLError:
        return 0, ""


def values(port: int) -> dict[str, float]:
    """What Prometheus reads, by name; of several with a name the sum."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(ask(port, "/metrics")[1]):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def wait_for_health(port: int, status: int) -> dict[str, Any]:
    """What ``/healthz`` says when it has this status."""
    until_s = time.monotonic() + PATIENCE_S
    while (said := ask(port, "/healthz"))[0] != status:
        assert time.monotonic() < until_s, said
        threading.Event().wait(ASK_AGAIN_S)
    fields: dict[str, Any] = json.loads(said[1])
    return fields


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[int]:
    """The port of a daemon that plays recordings in real time, to a broker that is not there."""
    port, data, sound = free_port(), tmp_path / "data", tmp_path / "sound"
    install(data, "pump")
    sound.mkdir()
    write_session(sound, healthy(), lengths_s=[LENGTH_S])
    model = MachineFolder.of("pump", data=data)
    config = configure(tmp_path, model=model, recordings=sound, speed="1", broker_port=free_port())
    with config.open("a") as file:
        file.write(f"\n[metrics]\nport = {port}\n")
    with running("run", "--config", config, "--data-dir", data) as process:
        yield port
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


def test_a_daemon_that_listens_is_well_and_its_numbers_move(daemon: int) -> None:
    assert wait_for_health(daemon, 200) == {
        "ok": True,
        "machines": {},
        "store": None,
        "dead_threads": [],
        "hanging_threads": [],
    }
    first = values(daemon)
    threading.Event().wait(3)
    later = values(daemon)
    name = "asd_monitor_windows_scored_total"
    assert later[name] > first[name]
    assert later["asd_monitor_scored_age_seconds"] < 5
    assert later["asd_monitor_mqtt_connected"] == 0
    assert later["asd_monitor_mqtt_failures_total"] > 0
    assert later["asd_monitor_severity"] == 1
    assert later["process_resident_memory_bytes"] > 0
