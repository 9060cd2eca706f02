"""Recordings that cannot be used, given to the commands that read some."""

from collections.abc import Callable
from pathlib import Path

import pytest

from asd_monitor.monitor.synth import normal_sound
from tests.support import recorded
from tests.support.command_line import asd_monitor, complaint, files_in
from tests.support.recorded import write_session
from tests.system.conftest import Trained

pytestmark = pytest.mark.system

UNREADABLE: dict[str, Callable[[Path], Path]] = {
    "zero.wav": recorded.zero_length,
    "text.wav": recorded.text,
    "truncated.wav": recorded.truncated,
    "truncated.flac": recorded.truncated,
}


@pytest.fixture
def unreadable(tmp_path: Path) -> Path:
    """A folder of recordings of which none can be read."""
    folder = tmp_path / "unreadable"
    folder.mkdir()
    for name, make in UNREADABLE.items():
        make(folder / name)
    return folder


def command_line(command: str, trained: Trained, out: Path) -> list[object]:
    """The options with which a command that reads recordings would write to ``out``."""
    return {
        "train": ["train", "--out", out],
        "calibrate": ["calibrate", "--bundle", trained.machine.bundle, "--out", out],
        "replay": ["replay", *trained.model],
    }[command]


@pytest.mark.parametrize("command", ["train", "calibrate", "replay"])
def test_a_folder_that_is_missing_or_without_recordings_is_named(
    command: str, trained: Trained, tmp_path: Path
) -> None:
    empty, out = tmp_path / "empty", tmp_path / "out"
    empty.mkdir()
    (empty / "notes.txt").write_text("nothing recorded yet")
    for path, fault in ((tmp_path / "nowhere", "does not exist"), (empty, "holds no recordings")):
        outcome = asd_monitor(*command_line(command, trained, out), path)
        assert f"{path} {fault}" in complaint(outcome, code=2)
        assert outcome.stdout == ""
    assert not out.exists()


@pytest.mark.parametrize("command", ["train", "calibrate"])
def test_where_no_recording_can_be_read_nothing_is_written(
    command: str, trained: Trained, unreadable: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = asd_monitor(*command_line(command, trained, out), unreadable)
    assert "one of the recordings can be read" in complaint(outcome, code=2)
    assert outcome.stdout == ""
    assert not out.exists()


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_single_unreadable_recording_is_named_by_every_command(
    name: str, trained: Trained, unreadable: Path, tmp_path: Path
) -> None:
    path, out = unreadable / name, tmp_path / "out"
    for command in ("train", "calibrate", "replay"):
        outcome = asd_monitor(*command_line(command, trained, out), path)
        assert outcome.code == 2
        assert str(path) in outcome.stderr
        assert "Traceback" not in outcome.stderr
        assert not out.exists()


def test_sound_that_is_not_finite_is_unknown_and_never_normal(
    trained: Trained, tmp_path: Path
) -> None:
    path = recorded.not_finite(tmp_path / "nan.wav")
    out = tmp_path / "out"
    replayed = asd_monitor("replay", *trained.model, path)
    assert replayed.code == 0
    assert replayed.stdout.startswith("unknown")
    assert "normal" not in replayed.stdout
    trained_on = asd_monitor(*command_line("train", trained, out), path)
    assert "0 s of usable normal sound" in complaint(trained_on, code=2)
    assert "not_finite" in trained_on.stderr
    calibrated_on = asd_monitor(*command_line("calibrate", trained, out), path)
    assert "clips because of not_finite" in complaint(calibrated_on, code=2)
    assert not out.exists()


def test_too_little_sound_to_train_on_says_how_much_is_needed(tmp_path: Path) -> None:
    short = write_session(tmp_path / "short", normal_sound(15, seed=4))
    data = tmp_path / "data"
    said = complaint(asd_monitor("train", short, "--data-dir", data), code=2)
    assert "record at least 50 s" in said
    assert not data.exists()


def test_too_little_sound_to_calibrate_on_says_how_much_is_needed(
    trained: Trained, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = asd_monitor(*command_line("calibrate", trained, out), trained.normal / "000.flac")
    assert "record at least" in complaint(outcome, code=2)
    assert not out.exists()


def test_sound_that_training_has_seen_is_no_sound_to_calibrate_on(
    trained: Trained, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = complaint(asd_monitor(*command_line("calibrate", trained, out), trained.fitted), code=2)
    assert "the weights were fitted on it" in said
    assert "--hold-out" in said
    assert not out.exists()


@pytest.mark.parametrize("command", ["train", "calibrate"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    command: str, trained: Trained, tmp_path: Path
) -> None:
    a_file = recorded.text(tmp_path / "file")
    before = files_in(tmp_path)
    outcome = asd_monitor(*command_line(command, trained, a_file / "out"), trained.normal)
    assert f"cannot write {a_file / 'out'}" in complaint(outcome, code=78)
    assert len(outcome.stderr.splitlines()) == 1, "no epoch was fitted and no file scored"
    assert files_in(tmp_path) == before


def test_a_damaged_recording_among_good_ones_is_left_out_and_the_rest_is_learned(
    trained: Trained, tmp_path: Path
) -> None:
    folder = write_session(tmp_path / "mixed", normal_sound(60, seed=5))
    damaged = recorded.truncated(folder / "damaged.flac")
    out = tmp_path / "bundle"
    outcome = asd_monitor("train", folder, "--out", out, "--hold-out", 0, "--epochs", 1)
    assert outcome.code == 0, outcome.stderr
    assert str(damaged) in outcome.stderr
    assert out.exists()
    calibrating = asd_monitor(
        *command_line("calibrate", trained, tmp_path / "calibration"), trained.normal, damaged
    )
    assert calibrating.code == 0, calibrating.stderr
    assert str(damaged) in calibrating.stderr
