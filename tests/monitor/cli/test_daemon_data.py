from pathlib import Path

import pytest

from asd_monitor.monitor.cli import daemon_data
from asd_monitor.monitor.cli.daemon_data import find_data
from asd_monitor.monitor.folders import data_dir
from asd_monitor.monitor.systemd_units import plain_unit, state_directory, template_unit

PUMP = '[[machine]]\nid = "pump"\ndevice = "hw:1"\n'


@pytest.fixture(autouse=True)
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for ``/etc/asd-monitor``."""
    folder = tmp_path / "etc"
    folder.mkdir()
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setattr(daemon_data, "CONFIG", folder / "asd-monitor.toml")
    return folder


def written(path: Path, *, node: str = "") -> Path:
    path.write_text(node + PUMP)
    return path


def test_the_folder_that_is_named_is_the_folder(tmp_path: Path, services: Path) -> None:
    config = written(services / "asd-monitor.toml", node='[node]\ndata_dir = "there"\n')
    assert find_data(tmp_path, config=config) == tmp_path
    assert find_data(None, config=config) == services / "there"


def test_a_configuration_of_a_service_leads_to_the_folder_of_the_service(services: Path) -> None:
    plain, hall = written(services / "asd-monitor.toml"), written(services / "hall.toml")
    assert find_data(None, config=plain) == Path("/var/lib/asd-monitor")
    assert find_data(None, config=hall) == Path("/var/lib/asd-monitor-hall")


def test_any_other_configuration_leads_to_the_usual_folder(tmp_path: Path) -> None:
    assert find_data(None, config=written(tmp_path / "asd-monitor.toml")) == data_dir(None)
    assert find_data(None, config=None) == data_dir(None)


def test_in_a_service_the_folder_is_the_one_that_systemd_names(
    services: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    assert find_data(None, config=written(services / "hall.toml")) == tmp_path / "state"


def test_the_units_keep_their_data_there() -> None:
    assert f"\nStateDirectory={state_directory().name}\n" in plain_unit("asd-monitor")
    assert f"\nStateDirectory={state_directory('%i').name}\n" in template_unit("asd-monitor")
