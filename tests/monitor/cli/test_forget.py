from pathlib import Path

import pytest

from asd_monitor.monitor.cli import forget
from asd_monitor.monitor.daemon.lock import sole_daemon
from asd_monitor.monitor.mqtt.settings import MqttSettings
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.alarms import a_daemon, anomaly
from tests.support.called import Caller
from tests.support.command_line import complaint, files_in
from tests.support.machines import install

BROKER = ("--mqtt", "broker:1884")


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Caller:
    data = tmp_path / "data"
    for machine in ("pump", "fan"):
        install(data, machine)
    with Store(data / FILE_NAME) as store:
        store.status.begin(a_daemon("pump", "fan"))
        for machine in ("pump", "fan"):
            store.record(anomaly(machine=machine), outgoing=True)
    return Caller(data, monkeypatch, capsys)


@pytest.fixture
def cleared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Broker and topic of everything that was taken back."""
    done: list[tuple[str, str]] = []

    def clear(settings: MqttSettings, topics: tuple[str, ...]) -> None:
        done.extend((settings.address, topic) for topic in topics)

    monkeypatch.setattr(forget, "clear_retained", clear)
    return done


def test_the_broker_forgets_and_the_folder_stays(
    call: Caller, cleared: list[tuple[str, str]], tmp_path: Path
) -> None:
    config = tmp_path / "asd-monitor.toml"
    config.write_text(
        '[node]\nname = "hall"\n[[machine]]\ndevice = "hw:1"\n[mqtt]\nhost = "broker"\n'
    )
    before = files_in(call.data / "machines")
    assert call("forget", "pump", "--config", config, "--yes").code == 0
    assert ("broker:1883", "asd-monitor/hall/pump/state") in cleared
    assert ("broker:1883", "asd-monitor/hall/pump/availability") in cleared
    assert all("pump" in topic for _, topic in cleared)
    assert files_in(call.data / "machines") == before
    with Store(call.data / FILE_NAME) as store:
        assert len(store.events()) == 2


def test_with_data_nothing_of_the_machine_is_left_and_the_others_are(
    call: Caller, cleared: list[tuple[str, str]]
) -> None:
    assert call("forget", "pump", *BROKER, "--data", "--yes").code == 0
    assert cleared
    assert [each.name for each in (call.data / "machines").iterdir()] == ["fan"]
    with Store(call.data / FILE_NAME) as store:
        assert [event.machine for event in store.events()] == ["fan"]


def test_a_machine_that_is_listened_to_is_not_forgotten(
    call: Caller, cleared: list[tuple[str, str]]
) -> None:
    with sole_daemon(call.data):
        said = complaint(call("forget", "pump", *BROKER, "--data", "--yes"), code=1)
        assert "process 1234" in said
        assert cleared == []
        assert call("forget", "mixer", *BROKER, "--yes").code == 0


def test_nobody_to_ask_means_nothing_is_done(
    call: Caller, cleared: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert "give --yes" in complaint(call("forget", "pump", *BROKER), code=2)
    assert cleared == []


def test_the_broker_has_to_be_known(call: Caller, tmp_path: Path) -> None:
    assert "--mqtt or --config" in complaint(call("forget", "pump", "--yes"), code=2)
    config = tmp_path / "asd-monitor.toml"
    config.write_text('[[machine]]\ndevice = "hw:1"\n')
    outcome = call("forget", "pump", "--config", config, "--yes")
    assert "names no broker" in complaint(outcome, code=78)
