import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asd_monitor.monitor.cli import edge
from asd_monitor.monitor.cli.main import cli
from asd_monitor.monitor.config import Config, MqttConfig, SinkConfig
from asd_monitor.monitor.config.machine import MachineConfig
from asd_monitor.monitor.store.store import FILE_NAME, Store
from asd_monitor.monitor.support import Subject, gather
from tests.support.alarms import a_daemon, anomaly, health, state
from tests.support.command_line import Outcome
from tests.support.machines import install

Call = Callable[..., Outcome]
SECRETS = ("open sesame", "swordfish", "t0k3n-of-the-hook", "let-me-in", "curl-secret")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which a daemon has listened, with sound beside it."""
    folder = tmp_path / "data"
    install(folder, "pump")
    (folder / "evidence").mkdir()
    (folder / "evidence" / "event.flac").write_bytes(b"fLaC" + b"sound" * 100)
    with Store(folder / FILE_NAME) as store:
        store.status.begin(a_daemon())
        store.status.write_state(state())
        store.status.write_health(health())
        event = store.record(anomaly(), outgoing=True)
        store.marks.acknowledge(event.event_id, at=event.detected_at)
    return folder


@pytest.fixture(autouse=True)
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal in which somebody has written every secret."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "journalctl"
    program.write_text(f"#!/bin/sh\necho 'the log says {' '.join(SECRETS)}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: Path) -> Path:
    password, signing, token, address, argument = SECRETS
    monkeypatch.setenv("ASD_MONITOR_MQTT_PASSWORD", password)
    (tmp_path / "signing").write_text(f"{signing}\n")
    path = tmp_path / "asd-monitor.toml"
    path.write_text(
        f'[node]\nname = "hall"\ndata_dir = "{data}"\n[[machine]]\nid = "pump"\ndevice = "hw:1"\n'
        '[mqtt]\nhost = "broker.example"\nusername = "hall"\n'
        f'[[sink]]\nkind = "exec"\ncommand = ["curl", "-u", "{argument}"]\n'
        f'[[sink]]\nkind = "webhook"\nurl = "https://me:{address}@example.org/?token={token}"\n'
        'secret_file = "signing"\n'
    )
    return path


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    def _call(*arguments: object) -> Outcome:
        words = ["support-dump", "--out", tmp_path / "support.zip", *arguments]
        monkeypatch.setattr("sys.argv", ["asd-monitor", *map(str, words)])
        return Outcome(edge.run(cli), *capsys.readouterr())

    return _call


def texts(tmp_path: Path) -> dict[str, str]:
    with zipfile.ZipFile(tmp_path / "support.zip") as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_everything_that_helps_is_in_it(call: Call, config: Path, tmp_path: Path) -> None:
    outcome = call("--config", config)
    assert outcome.code == 0
    assert outcome.stdout == f"{tmp_path}/support.zip\n"
    found = texts(tmp_path)
    assert json.loads(found["configuration.json"])["mqtt"]["host"] == "broker.example"
    assert json.loads(found["status.json"])["said"]["daemon"]["node"] == "hall"
    assert json.loads(found["events.jsonl"])["machine"] == "pump"
    assert "asd-monitor" in found["versions.txt"]
    assert "of normal sound" in found["machines/pump.txt"]
    assert "asd-monitor.sqlite" in found["disk.txt"]
    assert found["log.txt"].startswith("the log says [removed]")
    described = found.pop("README.txt")
    assert all(name.partition("/")[0] in described for name in found)


def test_no_secret_is_in_it(call: Call, config: Path, tmp_path: Path) -> None:
    call("--config", config)
    everything = "\n".join(texts(tmp_path).values())
    assert [secret for secret in SECRETS if secret in everything] == []


def test_no_sound_is_in_it(call: Call, config: Path, tmp_path: Path) -> None:
    call("--config", config)
    found = texts(tmp_path)
    assert {Path(name).suffix for name in found} <= {".txt", ".json", ".jsonl"}
    assert "event.flac" in found["disk.txt"]
    assert "soundsound" not in "".join(found.values())


def test_what_cannot_be_had_says_why_and_the_rest_is_there(call: Call, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[mqt]\n")
    outcome = call("--config", broken, "--data-dir", tmp_path / "nowhere")
    assert outcome.code == 0
    found = texts(tmp_path)
    assert "asd-monitor check --config FILE says why" in found["configuration.json"]
    assert found["status.json"].startswith("not to be had: ")
    assert found["disk.txt"].startswith("not to be had: ")
    assert "kernel" in found["versions.txt"]


def test_a_place_that_cannot_be_written_is_refused_first(call: Call, config: Path) -> None:
    outcome = call("--config", config, "--out", "/proc/support.zip")
    assert outcome.code == edge.CONFIGURATION
    assert "/proc/support.zip" in outcome.stderr


@given(secret=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=8, max_size=40))
@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_secret_of_any_kind_gets_into_any_text(
    secret: str, tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asd_monitor.monitor.support.list_devices", list)
    (tmp_path / "secret").write_text(f"{secret}\n", encoding="utf-8")
    mqtt = MqttConfig(host="h", username=secret, password_file=tmp_path / "secret")
    sinks = (
        SinkConfig(kind="webhook", url=f"https://a/?{secret}", secret_file=tmp_path / "secret"),
        SinkConfig(kind="exec", command=("curl", secret)),
    )
    config = Config(machine=(MachineConfig(id="pump", device="hw:1"),), mqtt=mqtt, sink=sinks)
    with Store(data / FILE_NAME) as store:
        store.status.write_state(state(machine=secret))
    gathered = gather(Subject(config=config, data=data, unit="asd-monitor.service"))
    del gathered["README.txt"]
    for name, text in gathered.items():
        assert secret not in text, name
        assert json.dumps(secret)[1:-1] not in text, name
