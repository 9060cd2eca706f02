import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from asd_monitor.monitor.cli import edge
from asd_monitor.monitor.cli.main import cli
from asd_monitor.monitor.systemd_units import PLAIN, TEMPLATE
from tests.support.command_line import Outcome

Call = Callable[..., Outcome]


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """Calls the command as a program in /opt, on a folder for units."""

    def _call(*arguments: object) -> Outcome:
        words = ["install-service", "--to", tmp_path / "units", *arguments]
        monkeypatch.setattr("sys.argv", ["/opt/asd-monitor/bin/asd-monitor", *map(str, words)])
        return Outcome(edge.run(cli), *capsys.readouterr())

    (tmp_path / "units").mkdir()
    return _call


def test_both_units_are_written_for_this_program_and_that_configuration(
    call: Call, tmp_path: Path
) -> None:
    outcome = call("--config", tmp_path / "hall.toml")
    assert outcome.code == 0
    plain, template = ((tmp_path / "units" / name).read_text() for name in (PLAIN, TEMPLATE))
    program = "ExecStart=/opt/asd-monitor/bin/asd-monitor run --config"
    assert f"{program} {tmp_path}/hall.toml\n" in plain
    assert f"{program} /etc/asd-monitor/%i.toml\n" in template
    assert outcome.stdout.count("written  ") == 2
    assert "systemctl daemon-reload" in outcome.stderr
    assert f"There is no {tmp_path}/hall.toml yet" in outcome.stderr


def test_what_is_shown_is_what_would_be_written(call: Call, tmp_path: Path) -> None:
    shown = call("--print").stdout
    assert list((tmp_path / "units").iterdir()) == []
    assert call().code == 0
    assert (tmp_path / "units" / PLAIN).read_text().partition("\n")[2] == shown


def test_a_password_beside_the_configuration_becomes_a_credential(
    call: Call, tmp_path: Path
) -> None:
    (tmp_path / "mqtt-password").write_text("open sesame\n")
    outcome = call("--config", tmp_path / "hall.toml")
    unit = (tmp_path / "units" / PLAIN).read_text()
    assert f"\nLoadCredential=mqtt-password:{tmp_path}/mqtt-password\n" in unit
    assert "as the credential mqtt-password" in outcome.stderr
    assert "open sesame" not in unit + outcome.stdout + outcome.stderr


def test_an_older_unit_of_ours_is_replaced(call: Call, tmp_path: Path) -> None:
    call()
    assert call("--config", tmp_path / "other.toml").code == 0
    assert "other.toml" in (tmp_path / "units" / PLAIN).read_text()


def test_a_unit_that_was_changed_is_replaced_only_by_force(call: Call, tmp_path: Path) -> None:
    call()
    unit = tmp_path / "units" / PLAIN
    unit.write_text(unit.read_text() + "# mine\n")
    outcome = call()
    assert outcome.code == edge.FAILURE
    assert "was changed by hand" in outcome.stderr
    assert "# mine" in unit.read_text()
    assert call("--force").code == 0
    assert "# mine" not in unit.read_text()


def test_a_configuration_that_cannot_be_used_is_refused_first(call: Call, tmp_path: Path) -> None:
    (tmp_path / "hall.toml").write_text("[mqt]\n")
    outcome = call("--config", tmp_path / "hall.toml")
    assert outcome.code == edge.CONFIGURATION
    assert "did you mean mqtt?" in outcome.stderr
    assert list((tmp_path / "units").iterdir()) == []


@pytest.mark.parametrize("hidden", ["/root/asd-monitor.toml", "/home/me/asd-monitor.toml"])
def test_what_the_service_could_not_see_is_refused(call: Call, hidden: str) -> None:
    outcome = call("--config", hidden)
    assert outcome.code == edge.CONFIGURATION
    assert "which the service cannot see" in outcome.stderr


def test_a_folder_that_is_missing_is_named(call: Call, tmp_path: Path) -> None:
    outcome = call("--to", tmp_path / "nowhere")
    assert outcome.code == edge.CONFIGURATION
    assert "nowhere" in outcome.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_understands_what_was_written(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "my 100% files"
    folder.mkdir()
    (folder / "mqtt-password").write_text("open sesame\n")
    call("--config", folder / "hall.toml")
    unit = tmp_path / "units" / PLAIN
    unit.write_text(unit.read_text().replace("/opt/asd-monitor/bin/asd-monitor", "/bin/true"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
