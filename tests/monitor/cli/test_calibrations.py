import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from asd_monitor.calibrate.calibration import load_calibration, save_calibration
from asd_monitor.monitor.daemon.lock import sole_daemon
from asd_monitor.monitor.folders import MachineFolder, set_aside
from tests.support.called import Caller
from tests.support.command_line import complaint
from tests.support.machines import install

MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
PUMP = ("--machine", "pump")


@pytest.fixture
def call(call: Caller, tmp_path: Path) -> Caller:
    install(tmp_path, "pump")
    current = MachineFolder.of("pump", data=tmp_path).calibration
    set_aside(current, now=MARCH)
    newer = replace(load_calibration(current), budget="1/week", extrapolated=True)
    save_calibration(newer, current)
    return call


def test_they_are_listed_with_what_they_rest_on(call: Caller) -> None:
    outcome = call("calibrations", *PUMP)
    assert outcome.code == 0
    _, current, older = outcome.stdout.splitlines()
    assert current.split()[0] == "current"
    assert "1/week" in current
    assert "conformal (extrapolated)" in current
    assert older.split()[0] == "20260301T120000Z"
    assert "12.5 min" in older
    assert "6/h" in older
    assert "extrapolated" not in older


def test_a_damaged_one_does_not_hide_the_others(call: Caller) -> None:
    folder = MachineFolder.of("pump", data=call.data)
    (folder.path / "calibration-20260201T120000Z.json").write_text("{")
    outcome = call("calibrations", *PUMP)
    assert outcome.code == 0
    assert len(outcome.stdout.splitlines()) == 3
    assert outcome.stderr.startswith("20260201T120000Z: ")
    assert "damaged" in outcome.stderr


def test_json_says_which_is_current_and_which_fit(call: Caller) -> None:
    lines = call("calibrations", "list", "--json", *PUMP).stdout.splitlines()
    current, older = map(json.loads, lines)
    assert (current["current"], current["fits"], current["budget"]) == (True, True, "1/week")
    assert (older["current"], older["name"]) == (False, "20260301T120000Z")
    assert older["evidence"]["held_out_s"] == 750.0


def test_going_back_says_where_the_one_before_is(call: Caller) -> None:
    outcome = call("calibrations", "restore", "20260301T120000Z", *PUMP)
    assert outcome.code == 0
    kept = outcome.stderr.splitlines()[1].split()[-1]
    assert load_calibration(MachineFolder.of("pump", data=call.data).calibration).budget == "6/h"
    assert call("calibrations", "restore", kept, *PUMP).code == 0
    assert load_calibration(MachineFolder.of("pump", data=call.data).calibration).budget == "1/week"


def test_a_daemon_that_runs_is_said_to_go_on_with_the_one_before(call: Caller) -> None:
    with sole_daemon(call.data):
        outcome = call("calibrations", "restore", "20260301T120000Z", *PUMP)
    assert "until it is reloaded or restarted" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("restore", "nix", *PUMP), 78, "it has 20260301T120000Z"),
        (("list", "--machine", "fan"), 78, "no bundle for the machine fan"),
        (("restore",), 2, "NAME"),
    ],
)
def test_wrong_use_is_one_sentence(
    arguments: tuple[str, ...], code: int, said: str, call: Caller
) -> None:
    assert said in complaint(call("calibrations", *arguments), code=code)


def test_a_machine_without_a_calibration_is_told_how_to_get_one(call: Caller) -> None:
    for path in MachineFolder.of("pump", data=call.data).path.glob("calibration*"):
        path.unlink()
    said = complaint(call("calibrations", *PUMP), code=78)
    assert "asd-monitor calibrate PATH... --machine pump" in said
