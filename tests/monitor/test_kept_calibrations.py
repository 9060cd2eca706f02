from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from asd_monitor.calibrate.calibration import Calibration, load_calibration, save_calibration
from asd_monitor.models.bundle import load_bundle
from asd_monitor.models.errors import BundleError, CalibrationError
from asd_monitor.monitor.folders import MachineFolder, set_aside
from asd_monitor.monitor.kept_calibrations import kept_calibrations, restore_calibration
from tests.support.command_line import files_in
from tests.support.machines import install, knowing_calibration

MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, 12, tzinfo=UTC)
MAY = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> MachineFolder:
    """A machine with a calibration of budget 3/day, and older ones of 1/day and 2/day."""
    install(tmp_path, "pump")
    found = MachineFolder.of("pump", data=tmp_path)
    for budget, replaced_at in (("1/day", MARCH), ("2/day", APRIL), ("3/day", None)):
        save_calibration(a_calibration(found, budget=budget), found.calibration)
        if replaced_at is not None:
            set_aside(found.calibration, now=replaced_at)
    return found


def a_calibration(folder: MachineFolder, *, budget: str) -> Calibration:
    fingerprint = load_bundle(folder.bundle).fingerprint
    return replace(knowing_calibration(bundle=fingerprint), budget=budget)


def budgets(data: Path) -> list[tuple[str, str | None]]:
    return [
        (each.name, each.calibration.budget if each.calibration else None)
        for each in kept_calibrations("pump", data=data)
    ]


def test_the_current_one_comes_first_then_older_ones_the_latest_first(
    folder: MachineFolder, tmp_path: Path
) -> None:
    assert folder.path.is_dir()
    assert budgets(tmp_path) == [
        ("current", "3/day"),
        ("20260401T120000Z", "2/day"),
        ("20260301T120000Z", "1/day"),
    ]


@pytest.mark.parametrize("name", ["20260301T120000Z", "calibration-20260301T120000Z.json"])
def test_going_back_exchanges_two_calibrations_and_loses_none(
    name: str, folder: MachineFolder, tmp_path: Path
) -> None:
    aside = restore_calibration(name, machine="pump", data=tmp_path, now=MAY)
    assert aside is not None
    assert load_calibration(folder.calibration).budget == "1/day"
    assert budgets(tmp_path) == [
        ("current", "1/day"),
        ("20260501T120000Z", "3/day"),
        ("20260401T120000Z", "2/day"),
    ]


def test_going_back_in_the_very_second_of_another_calibration_loses_none(
    folder: MachineFolder, tmp_path: Path
) -> None:
    assert folder.path.is_dir()
    restore_calibration("20260301T120000Z", machine="pump", data=tmp_path, now=APRIL)
    assert {budget for _, budget in budgets(tmp_path)} == {"1/day", "2/day", "3/day"}


def test_a_machine_whose_calibration_is_missing_gets_an_older_one(
    folder: MachineFolder, tmp_path: Path
) -> None:
    folder.calibration.unlink()
    assert restore_calibration("20260401T120000Z", machine="pump", data=tmp_path, now=MAY) is None
    assert load_calibration(folder.calibration).budget == "2/day"


def test_a_calibration_for_another_bundle_is_listed_as_such_and_refused(
    folder: MachineFolder, tmp_path: Path
) -> None:
    older = folder.path / "calibration-20260301T120000Z.json"
    save_calibration(knowing_calibration(bundle="00" * 32), older)
    assert [each.fits for each in kept_calibrations("pump", data=tmp_path)] == [True, True, False]
    before = files_in(folder.path)
    with pytest.raises(CalibrationError, match="made for the bundle 000000000000 and not for"):
        restore_calibration("20260301T120000Z", machine="pump", data=tmp_path, now=MAY)
    assert files_in(folder.path) == before


def test_a_damaged_calibration_is_listed_with_its_fault_and_refused(
    folder: MachineFolder, tmp_path: Path
) -> None:
    (folder.path / "calibration-20260301T120000Z.json").write_text("{")
    *others, damaged = kept_calibrations("pump", data=tmp_path)
    assert all(each.fault is None for each in others)
    assert "damaged" in str(damaged.fault)
    before = files_in(folder.path)
    with pytest.raises(CalibrationError, match="damaged"):
        restore_calibration("20260301T120000Z", machine="pump", data=tmp_path, now=MAY)
    assert files_in(folder.path) == before


@pytest.mark.parametrize("name", ["20250101T120000Z", "current", "../calibration", ""])
def test_a_name_that_is_none_is_answered_with_those_that_are(
    name: str, folder: MachineFolder, tmp_path: Path
) -> None:
    assert folder.path.is_dir()
    with pytest.raises(CalibrationError, match="it has 20260401T120000Z, 20260301T120000Z"):
        restore_calibration(name, machine="pump", data=tmp_path, now=MAY)


def test_a_machine_that_was_never_trained_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no bundle for the machine fan"):
        kept_calibrations("fan", data=tmp_path)
