import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from asd_monitor.monitor.config import load_config

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = ["asd-monitor.service", "asd-monitor@.service"]
EXPOSURE_TIMES_TEN = "15"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs the program systemd-analyze"
)


@pytest.fixture(params=UNITS)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The unit with a command that is there on every host."""
    text = (SYSTEMD / request.param).read_text()
    path: Path = tmp_path / request.param
    path.write_text(text.replace("ExecStart=asd-monitor ", "ExecStart=/bin/true "))
    return path


@needs_systemd
def test_the_unit_has_no_mistake(unit: Path) -> None:
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


@needs_systemd
def test_the_service_is_confined(unit: Path) -> None:
    options = ["--offline=true", "--no-pager", f"--threshold={EXPOSURE_TIMES_TEN}"]
    rated = subprocess.run(
        ["systemd-analyze", "security", *options, str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout


@pytest.mark.parametrize("name", UNITS)
def test_the_service_gives_up_only_where_trying_again_cannot_help(name: str) -> None:
    text = (SYSTEMD / name).read_text()
    assert "Restart=always\n" in text
    assert "StartLimitIntervalSec=0\n" in text
    assert "RestartPreventExitStatus=2 78\n" in text


@pytest.mark.parametrize("name", UNITS)
def test_the_service_reloads_by_the_signal_that_the_daemon_reloads_at(name: str) -> None:
    assert "\nExecReload=kill -HUP $MAINPID\n" in (SYSTEMD / name).read_text()


def test_both_units_differ_only_in_what_names_the_instance() -> None:
    plain, template = ((SYSTEMD / name).read_text().splitlines() for name in UNITS)
    differing = [line for one, line in zip(plain, template, strict=True) if one != line]
    assert all("%i" in line or "<instance>" in line for line in differing)


def test_the_default_configuration_is_one() -> None:
    config = load_config(SYSTEMD / "asd-monitor.toml")
    assert config.machine[0].id == "machine"
    assert config.mqtt.host is None


def test_every_key_that_it_shows_is_known(tmp_path: Path) -> None:
    shown = re.sub(
        r"^# (?=\w+ = |\[\[)", "", (SYSTEMD / "asd-monitor.toml").read_text(), flags=re.MULTILINE
    )
    path = tmp_path / "shown.toml"
    path.write_text(shown)
    assert "host" in tomllib.loads(shown)["mqtt"]
    config = load_config(path)
    assert config.mqtt.host == "broker.example"
    assert len(config.sink) == 3
