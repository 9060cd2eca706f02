"""A calibration put to the test: by recordings, and by listening."""

import json
import shutil
from pathlib import Path

import pytest

from asd_monitor.monitor.synth import normal_sound
from tests.support.command_line import asd_monitor, complaint
from tests.support.recorded import write_session
from tests.system.conftest import Trained

pytestmark = pytest.mark.system


@pytest.fixture
def data(trained: Trained, tmp_path: Path) -> tuple[str, Path]:
    """A copy of the data folder, as an option."""
    return ("--data-dir", shutil.copytree(trained.data, tmp_path / "data"))


def test_what_set_the_thresholds_is_refused_and_fresh_sound_is_counted(
    trained: Trained, data: tuple[str, Path], tmp_path: Path
) -> None:
    used = complaint(asd_monitor("calibrate", "--verify", trained.normal, *data), code=2)
    assert "6.0 min because it set the thresholds" in used
    fresh = write_session(tmp_path / "fresh", normal_sound(120, seed=77))
    outcome = asd_monitor("calibrate", "--verify", fresh, trained.normal, *data)
    assert outcome.code == 0, outcome.stderr
    assert "on 2.0 min there were no alarms; at most 15,098 a week" in outcome.stdout
    assert "left out: 6.0 min, because it set the thresholds" in outcome.stderr
    again = complaint(asd_monitor("calibrate", "--verify", fresh, *data), code=2)
    assert "it has verified them before" in again
    listed = json.loads(asd_monitor("calibrations", "list", "--json", *data).stdout)
    assert listed["evidence"]["verified"]["seconds"] == 120.0
    assert "2.0 min, no alarms" in " ".join(asd_monitor("calibrations", *data).stdout.split())


def test_an_option_that_sets_thresholds_contradicts_verify(
    trained: Trained, data: tuple[str, Path]
) -> None:
    outcome = asd_monitor("calibrate", "--verify", trained.normal, "--budget", "1/day", *data)
    assert "--budget is about setting thresholds" in outcome.stderr
    assert outcome.code == 2
