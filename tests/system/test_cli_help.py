import subprocess
import sys
from pathlib import Path

import pytest

from asd_monitor.monitor.cli.main import COMMANDS
from tests.support.command_line import asd_monitor, environment
from tests.support.configured import configure
from tests.system.conftest import Trained

pytestmark = pytest.mark.system

HEAVY = {"torch", "librosa", "numba", "sounddevice", "prometheus_client"}
IMPORTED = """
import sys
from asd_monitor.monitor.cli.main import main
try:
    main()
except SystemExit as end:
    print(f"exit code {end.code or 0}", file=sys.stderr)
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def imported_by(*arguments: object) -> set[str]:
    """The top-level modules that a command which succeeds has imported by its end."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *map(str, arguments)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    *_, code, modules = done.stderr.splitlines()
    assert code == "exit code 0", done.stderr
    return set(modules.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example_that_names_it(command: str) -> None:
    outcome = asd_monitor(command, "--help")
    assert outcome.code == 0
    _, _, examples = outcome.stdout.partition("\n  Example")
    assert f"\n    asd-monitor {command}" in examples
    assert outcome.stderr == ""


def test_the_help_of_all_names_every_command_and_shows_a_first_hour() -> None:
    outcome = asd_monitor("--help")
    assert outcome.code == 0
    assert all(f"\n  {command} " in outcome.stdout for command in COMMANDS)
    assert "\n    asd-monitor calibrate normal/" in outcome.stdout


def test_help_imports_nothing_heavy() -> None:
    loaded = imported_by("--help")
    assert "click" in loaded
    assert not loaded & (HEAVY | {"numpy", "scipy"})


def test_replay_imports_nothing_heavy(trained: Trained) -> None:
    loaded = imported_by("replay", trained.faulty / "000.flac", *trained.model)
    assert "numpy" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("command", ["check", "run"])
def test_the_daemon_and_its_check_import_nothing_heavy(
    command: str, trained: Trained, tmp_path: Path
) -> None:
    config = configure(tmp_path, model=trained.machine, recordings=trained.faulty)
    loaded = imported_by(command, "--config", config, "--data-dir", tmp_path)
    assert "numpy" in loaded
    assert not loaded & HEAVY


def test_what_draws_and_listens_for_speech_is_loaded_for_an_event_and_not_before(
    trained: Trained, tmp_path: Path
) -> None:
    config = configure(tmp_path, model=trained.machine, recordings=trained.normal / "000.flac")
    loaded = imported_by("run", "--config", config, "--data-dir", tmp_path)
    assert not loaded & {"PIL", "webrtcvad"}


def test_looking_back_imports_nothing_heavy(trained: Trained, tmp_path: Path) -> None:
    config = configure(tmp_path, model=trained.machine, recordings=trained.faulty)
    imported_by("run", "--config", config, "--data-dir", tmp_path)
    for command in ("events", "calibrations"):
        data = trained.data if command == "calibrations" else tmp_path
        loaded = imported_by(command, "--data-dir", data)
        assert "msgspec" in loaded
        assert not loaded & HEAVY
