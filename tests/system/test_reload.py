"""SIGHUP to a daemon that listens: what can be used is taken over, what cannot is refused."""

import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asd_monitor.calibrate.calibration import load_calibration, save_calibration
from asd_monitor.monitor.folders import MachineFolder
from tests.support.command_line import asd_monitor, running
from tests.support.daemons import Daemon, machine_table, mqtt_table
from tests.support.fault_matrix import fault
from tests.support.listening import says
from tests.support.machines import LENGTH_S, faulty, healthy, install, write_session
from tests.support.mosquitto import Mosquitto, Subscriber, needs_mosquitto
from tests.support.supervisor import Supervisor

pytestmark = pytest.mark.system

NEW = "2026-03-01T00:00:00.000Z"
MACHINE = """
[[machine]]
id = "{machine}"
source = "files"
paths = ["{sound}"]
speed = "1"
"""


@dataclass(frozen=True)
class Site:
    """A folder with a configuration, and a daemon that was started by it.

    Attributes:
        folder: of the configuration.
        daemon: the process; its log is JSON.
        supervisor: hears what it tells systemd.
    """

    folder: Path
    daemon: subprocess.Popen[str]
    supervisor: Supervisor

    def model(self, machine: str) -> MachineFolder:
        return MachineFolder.of(machine, data=self.folder / "data")

    def calibrate(self, machine: str) -> None:
        """Give a machine another calibration."""
        path = self.model(machine).calibration
        save_calibration(replace(load_calibration(path), created_at=NEW), path)

    def reload(self) -> None:
        """Send SIGHUP and wait until that is done."""
        before = len(self.supervisor.told("RELOADING=1"))
        n_ready = len(self.supervisor.told("READY=1"))
        self.daemon.send_signal(signal.SIGHUP)
        self.supervisor.wait_for("RELOADING=1", count=before + 1)
        self.supervisor.wait_for("READY=1", count=n_ready + 1)

    def wait_for(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next line of the log of which this is true."""
        assert self.daemon.stderr is not None
        seen: list[str] = []
        for text in self.daemon.stderr:
            seen.append(text)
            if holds(line := json.loads(text)):
                return dict(line)
        raise AssertionError(seen)

    def status(self) -> dict[str, Any]:
        """What the command beside the daemon says."""
        shown = asd_monitor("status", "--json", "--data-dir", self.folder / "data")
        fields: dict[str, Any] = json.loads(shown.stdout)
        return fields


def configure(folder: Path, *machines: str) -> None:
    text = '[node]\nname = "hall"\ndata_dir = "data"\n'
    for machine in machines:
        text += MACHINE.format(machine=machine, sound=folder / machine)
    (folder / "asd-monitor.toml").write_text(text)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A pump that will sound wrong, listened to; a fan that is not in the configuration yet.

    Their recordings last longer than a slow computer needs for any of the tests.
    """
    for machine, sound in (("pump", faulty()), ("fan", healthy())):
        install(tmp_path / "data", machine)
        (tmp_path / machine).mkdir()
        whole = np.concatenate([sound, *[healthy()] * 4])
        write_session(tmp_path / machine, whole, lengths_s=[LENGTH_S] * 5)
    configure(tmp_path, "pump")
    with Supervisor(tmp_path) as supervisor:
        arguments = ("run", "--config", tmp_path / "asd-monitor.toml", "--log-format", "json")
        with running(*arguments, more=supervisor.environment) as daemon:
            supervisor.wait_for("READY=1")
            yield Site(tmp_path, daemon, supervisor)
            assert daemon.poll() is None, "the daemon has ended by itself"


def cut_off(path: Path) -> None:
    """Leave half of a file, and no text."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\0")


def logs(pattern: str) -> Callable[[dict[str, Any]], bool]:
    return lambda line: re.search(pattern, line["message"]) is not None


def is_of(machine: str, **fields: object) -> Callable[[dict[str, Any]], bool]:
    return lambda line: {"machine": machine, **fields}.items() <= line.items()


def test_a_new_calibration_is_taken_over_in_the_middle_of_an_event(site: Site) -> None:
    started = site.wait_for(is_of("pump", event_type="anomaly_started"))
    site.calibrate("pump")
    site.reload()
    assert site.wait_for(logs("^Reloaded"))["message"] == "Reloaded: pump judged by another model"
    ended = site.wait_for(lambda line: line.get("event_type") is not None)
    assert (ended["event_type"], ended["event_id"]) == ("anomaly_ended", started["event_id"])
    site.wait_for(is_of("pump", severity="normal"))
    told = site.supervisor.told("RELOADING=1")
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", told[0].text)


@fault(
    17,
    "the same files spoiled at a reload",
    "refused by one line that names the file; all goes on with the old ones",
)
@pytest.mark.parametrize("damaged", ["bundle", "calibration", "configuration"])
def test_what_cannot_be_used_is_refused_by_file_and_all_goes_on(site: Site, damaged: str) -> None:
    site.calibrate("pump")
    configure(site.folder, "pump", "fan")
    paths = {
        "bundle": site.model("fan").bundle,
        "calibration": site.model("fan").calibration,
        "configuration": site.folder / "asd-monitor.toml",
    }
    cut_off(paths[damaged])
    site.reload()
    refusal = site.wait_for(logs("^Not reloaded"))
    assert (refusal["level"], str(paths[damaged]) in refusal["message"]) == ("error", True)
    status = site.status()
    assert [machine["machine"] for machine in status["machines"]] == ["pump"]
    site.wait_for(is_of("pump", event_type="anomaly_started"))


def test_machines_come_and_go(site: Site) -> None:
    site.wait_for(is_of("pump", severity="normal"))
    configure(site.folder, "pump", "fan")
    site.reload()
    assert site.wait_for(logs("^Reloaded"))["message"] == "Reloaded: fan listened to anew"
    assert {m["machine"]: m["severity"] for m in site.status()["machines"]} == {
        "pump": "normal",
        "fan": "unknown",
    }, "what was known of the pump is known still"
    configure(site.folder, "fan")
    site.reload()
    assert site.wait_for(logs("^Reloaded"))["message"] == "Reloaded: pump no longer listened to"
    assert [machine["machine"] for machine in site.status()["machines"]] == ["fan"]
    site.wait_for(is_of("fan", severity="normal"))


def test_what_takes_a_restart_is_said_to(site: Site) -> None:
    path = site.folder / "asd-monitor.toml"
    path.write_text(path.read_text() + '\n[mqtt]\nhost = "broker.example"\n')
    site.reload()
    assert "[mqtt] host cannot be added" in site.wait_for(logs("^Not reloaded"))["message"]


@needs_mosquitto
def test_another_broker_is_spoken_with_from_then_on(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    install(tmp_path / "models", "pump")
    (tmp_path / "sound").mkdir()
    write_session(tmp_path / "sound", faulty(), lengths_s=[LENGTH_S])
    model = MachineFolder.of("pump", data=tmp_path / "models")
    pump = machine_table("pump", model, paths=[tmp_path / "sound"])
    with (
        Mosquitto(tmp_path / "old") as old,
        Mosquitto(tmp_path / "new") as new,
        Daemon(tmp_path / "hall", pump, mqtt_table(old.port)) as daemon,
    ):
        with Subscriber(old.host, old.port) as subscriber:
            subscriber.wait_for(says("asd-monitor/hall/pump/availability", "online"))
            daemon.configure(pump, mqtt_table(new.port))
            daemon.process.send_signal(signal.SIGHUP)
            subscriber.wait_for(says("asd-monitor/hall/availability", "offline"))
        with Subscriber(new.host, new.port) as subscriber:
            subscriber.wait_for(says("asd-monitor/hall/pump/availability", "online"))
            subscriber.wait_for_count("/event", 2, timeout_s=90)
        assert f"connecting to the broker at 127.0.0.1:{new.port} anew" in daemon.log
