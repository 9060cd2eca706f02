"""A new calibration from what was monitored, and back to the former one."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from asd_monitor.calibrate.calibration import Calibration, load_calibration
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.events import Event, close_event
from asd_monitor.monitor.folders import MachineFolder
from asd_monitor.monitor.monitored_sound import ALARMED
from asd_monitor.monitor.store.marks import Opinion
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.alarms import anomaly
from tests.support.called import Caller
from tests.support.clip_scores import autoregressive
from tests.support.command_line import complaint
from tests.support.machines import install, knowing_calibration
from tests.support.monitored import listen

NAME = knowing_calibration().created_at
HISTORY = ("calibrate", "--from-history", "--machine", "pump", "--budget", "2/h")


@pytest.fixture
def alarm(tmp_path: Path) -> Event:
    """The pump was heard for an hour and a half, with an alarm of five minutes in the middle."""
    install(tmp_path, "pump")
    now = utc_now()
    scores = 1.7 + 0.02 * autoregressive(5400, lag_one=0.5)
    with Store(tmp_path / FILE_NAME) as store:
        begun = anomaly(detected_at=now - timedelta(minutes=45))
        event = store.record(begun, outgoing=False)
        end = begun.started_at + timedelta(minutes=5)
        ended = store.record(close_event(event, ended_at=end, peak_score=3.0), outgoing=False)
        listen(store, scores, since=now - timedelta(minutes=91), calibration=NAME)
        return ended


def current(data: Path) -> Calibration:
    return load_calibration(MachineFolder.of("pump", data=data).calibration)


def test_what_alarmed_is_left_out_and_the_report_says_so(
    call: Caller, alarm: Event, tmp_path: Path
) -> None:
    former = current(tmp_path)
    outcome = call(*HISTORY)
    assert (outcome.code, alarm.is_open) == (0, False)
    assert "It was monitored from" in outcome.stdout
    assert f"because {ALARMED}" in outcome.stdout
    made = current(tmp_path)
    assert made.evidence.left_out_s == {ALARMED: pytest.approx(309, abs=1)}
    assert made.evidence.held_out_s == pytest.approx(5409 - 309, abs=20)
    assert made.evidence.monitored is not None
    assert (made.members, made.clip_s, made.off) == (former.members, former.clip_s, former.off)
    assert made.normal.mean == pytest.approx(1.7, abs=0.01)


def test_what_was_marked_false_is_taken(call: Caller, alarm: Event, tmp_path: Path) -> None:
    assert call("events", "mark", alarm.event_id, Opinion.FALSE_ALARM).code == 0
    assert call(*HISTORY).code == 0
    assert current(tmp_path).evidence.left_out_s == {}


@pytest.mark.usefixtures("alarm")
def test_the_former_calibration_is_kept_and_one_command_goes_back(
    call: Caller, tmp_path: Path
) -> None:
    former = current(tmp_path)
    assert call(*HISTORY).code == 0
    lines = call("calibrations", "list", "--machine", "pump", "--json").stdout.splitlines()
    made, kept = map(json.loads, lines)
    assert (made["current"], kept["created_at"]) == (True, NAME)
    assert call("calibrations", "restore", kept["name"], "--machine", "pump").code == 0
    assert current(tmp_path) == former


@pytest.mark.usefixtures("alarm")
def test_scores_under_a_calibration_with_the_same_units_go_on_counting(
    call: Caller, tmp_path: Path
) -> None:
    assert call(*HISTORY).code == 0
    assert call(*HISTORY).code == 0
    assert current(tmp_path).evidence.held_out_s > 5000


@pytest.mark.usefixtures("alarm")
def test_budgets_are_those_of_before_unless_given(call: Caller, tmp_path: Path) -> None:
    assert call("calibrate", "--from-history", "--machine", "pump").code == 0
    assert current(tmp_path).budget == knowing_calibration().budget


@pytest.mark.usefixtures("alarm")
def test_a_short_time_is_too_little_sound(call: Caller, tmp_path: Path) -> None:
    former = current(tmp_path)
    sentence = complaint(call(*HISTORY, "--since", "60s"), code=2)
    assert "normal sound" in sentence
    assert current(tmp_path) == former


def test_a_machine_that_was_never_heard_is_one_sentence(call: Caller, tmp_path: Path) -> None:
    install(tmp_path, "pump")
    with Store(tmp_path / FILE_NAME):
        pass
    sentence = complaint(call(*HISTORY), code=2)
    assert "The store has no sound of pump" in sentence


@pytest.mark.parametrize(
    "arguments",
    [
        ("calibrate",),
        ("calibrate", "normal/", "--from-history"),
        ("calibrate", "--from-history", "--pooling", "max"),
        ("calibrate", "normal/", "--since", "3d"),
    ],
)
def test_recordings_and_history_exclude_each_other(
    call: Caller, arguments: tuple[str, ...]
) -> None:
    assert call(*arguments).code == 2
