from datetime import UTC, datetime
from pathlib import Path

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.folders import MachineFolder, data_dir, set_aside, set_aside_before

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_option_beats_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/elsewhere")
    assert data_dir(tmp_path) == tmp_path


def test_systemd_names_the_state_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/asd-monitor:/second")
    assert data_dir(None) == Path("/var/lib/asd-monitor")


def test_xdg_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_dir(None) == tmp_path / "asd-monitor"


def test_a_machine_id_cannot_leave_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="may only have"):
        MachineFolder.of("../etc", data=tmp_path)


def test_setting_aside_keeps_both_names_until_the_successor_is_written(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text("old")
    older = set_aside(path, now=NOON)
    assert older is not None
    assert older.name == "calibration-20260301T120000Z.json"
    assert path.read_text() == older.read_text() == "old"


def test_there_may_be_nothing_to_set_aside(tmp_path: Path) -> None:
    assert set_aside(tmp_path / "calibration.json", now=NOON) is None


def test_what_was_set_aside_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    kept = []
    for content in ("first", "second", "third"):
        path.write_text(content)
        kept.append(set_aside(path, now=NOON))
        path.unlink()
    assert [each.read_text() for each in kept if each] == ["first", "second", "third"]
    assert set_aside_before(path) == tuple(reversed(kept))


def test_other_files_are_no_older_ones(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    for name in ("calibration.json", "calibration-notes.json", "bundle-20260301T120000Z.json"):
        (tmp_path / name).touch()
    assert set_aside_before(path) == ()
