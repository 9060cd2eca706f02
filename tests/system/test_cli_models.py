"""Bundles and calibrations that cannot be used, given to every command that loads some."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from asd_monitor.monitor.folders import MachineFolder
from tests.support.command_line import asd_monitor, complaint, files_in
from tests.system.conftest import Trained

pytestmark = pytest.mark.system

Damage = Callable[[Path], None]


def _truncate(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1000] ^= 1
    path.write_bytes(data)


def _change_schema(path: Path) -> None:
    data = path.read_bytes()
    assert data.count(rb"\"schema\":1") == 1
    path.write_bytes(data.replace(rb"\"schema\":1", rb"\"schema\":9"))


def _make_a_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"weights": [1.0, 2.0]}))


def _belong_to_another(path: Path) -> None:
    fields = json.loads(path.read_text())
    path.write_text(json.dumps(fields | {"bundle": "00" * 32}))


BUNDLES: dict[str, tuple[Damage, str]] = {
    "truncated": (_truncate, "damaged"),
    "one bit flipped": (_flip_a_bit, "checksum"),
    "of another schema": (_change_schema, "schema 9"),
    "a pickle": (_make_a_pickle, "no asd-monitor bundle"),
    "missing": (Path.unlink, "bundle"),
}
CALIBRATIONS: dict[str, tuple[Damage, str]] = {
    "truncated": (_truncate, "damaged"),
    "of another bundle": (_belong_to_another, "calibrate"),
    "missing": (Path.unlink, "no calibration"),
}


@pytest.fixture
def data(trained: Trained, tmp_path: Path) -> Path:
    """A copy of the data folder, to be damaged."""
    return shutil.copytree(trained.data, tmp_path / "data")


def commands_that_load(trained: Trained, data: Path) -> dict[str, list[object]]:
    machine = MachineFolder.of("machine", data=data)
    model = ["--bundle", machine.bundle, "--calibration", machine.calibration]
    return {
        "replay": ["replay", trained.faulty, *model],
        "run": ["run", "--device", "default", *model, "--data-dir", data],
        "calibrate": ["calibrate", trained.normal, "--data-dir", data],
    }


def named_by_check(data: Path) -> str:
    """The line in which `check` refuses the model of a data folder."""
    check = asd_monitor("check", "--data-dir", data)
    line = check.stdout.splitlines()[0]
    assert (check.code, line.startswith("NOT OK  machine: model: ")) == (78, True)
    return line


@pytest.mark.parametrize("fault", BUNDLES)
def test_a_bundle_that_cannot_be_used_is_refused_in_one_sentence_by_every_command(
    fault: str, trained: Trained, data: Path
) -> None:
    damage, reason = BUNDLES[fault]
    damage(MachineFolder.of("machine", data=data).bundle)
    before = files_in(data)
    for arguments in commands_that_load(trained, data).values():
        outcome = asd_monitor(*arguments)
        assert reason in complaint(outcome, code=78)
        assert outcome.stdout == ""
    assert reason in named_by_check(data)
    assert files_in(data) == before


@pytest.mark.parametrize("fault", CALIBRATIONS)
def test_a_calibration_that_cannot_be_used_is_refused_in_one_sentence_by_every_command(
    fault: str, trained: Trained, data: Path
) -> None:
    damage, reason = CALIBRATIONS[fault]
    damage(MachineFolder.of("machine", data=data).calibration)
    before = files_in(data)
    commands = commands_that_load(trained, data)
    for name in ("replay", "run"):
        outcome = asd_monitor(*commands[name])
        assert reason in complaint(outcome, code=78)
        assert outcome.stdout == ""
    assert reason in named_by_check(data)
    assert files_in(data) == before


def test_a_machine_that_was_never_trained_is_told_which_commands_come_first(
    trained: Trained, tmp_path: Path
) -> None:
    data = ("--data-dir", tmp_path / "data", "--machine", "press")
    for command in (["replay", trained.faulty], ["run", "--device", "default"]):
        said = complaint(asd_monitor(*command, *data), code=78)
        steps = [said.index(f"asd-monitor {step}") for step in ("record", "train", "calibrate")]
        assert steps == sorted(steps)
    assert not (tmp_path / "data").exists()


def test_retraining_keeps_the_older_bundle_and_asks_for_a_new_calibration(
    trained: Trained, data: Path
) -> None:
    folder = MachineFolder.of("machine", data=data)
    old = folder.bundle.read_bytes()
    retrained = asd_monitor(
        "train", trained.fitted, "--seed", 1, "--hold-out", 0, "--epochs", 1, "--data-dir", data
    )
    assert retrained.code == 0, retrained.stderr
    assert folder.bundle.read_bytes() != old
    [kept] = folder.path.glob("bundle-*.safetensors")
    assert kept.read_bytes() == old
    assert str(kept) in retrained.stderr
    said = complaint(asd_monitor("replay", trained.faulty, "--data-dir", data), code=78)
    assert "asd-monitor calibrate" in said
    calibrated = asd_monitor("calibrate", trained.normal, "--data-dir", data)
    assert calibrated.code == 0, calibrated.stderr
    assert len(list(folder.path.glob("calibration-*.json"))) == 1
    assert asd_monitor("replay", trained.faulty, "--data-dir", data).code == 0


def test_bundles_trained_apart_judge_together(trained: Trained, tmp_path: Path) -> None:
    data = ("--data-dir", tmp_path)
    gaussian = tmp_path / "gaussian.safetensors"
    alone = ("--detector", "gaussian", "--hold-out", 0, "--out", gaussian)
    assert asd_monitor("train", trained.fitted, *alone).code == 0
    combined = asd_monitor("combine", trained.machine.bundle, gaussian, *data)
    assert combined.code == 0, combined.stderr
    assert "group-made, spectral, gaussian" in combined.stdout
    judging = ("--pooling", "mean+top:0.1", "--combine", "max", "--json")
    calibrated = asd_monitor("calibrate", trained.normal, *judging, *data)
    assert calibrated.code == 0, calibrated.stderr
    calibration = json.loads(calibrated.stdout)
    assert calibration["combination"] == "max"
    assert [(voice["kind"], voice["pooling"]) for voice in calibration["members"]] == [
        ("group-made", "mean"),
        ("group-made", "top:0.1"),
        ("spectral", "clip"),
        ("gaussian", "mean"),
        ("gaussian", "top:0.1"),
    ]
    replayed = asd_monitor("replay", trained.faulty, "--json", *data)
    told = [json.loads(line) for line in replayed.stdout.splitlines()]
    assert [line["event_type"] for line in told if line["type"] == "event"] == [
        "anomaly_started",
        "anomaly_ended",
    ]


def test_cross_fitted_sound_trains_and_calibrates_alike(trained: Trained, tmp_path: Path) -> None:
    data = ("--data-dir", tmp_path)
    fitted = asd_monitor("train", trained.normal, "--cross-fit", 3, "--epochs", 1, *data)
    assert fitted.code == 0, fitted.stderr
    folder = MachineFolder.of("machine", data=tmp_path)
    assert len(list((folder.path / "siblings").iterdir())) == 3
    assert not list(folder.path.glob("*.unfinished*"))
    calibrated = asd_monitor("calibrate", trained.normal, "--budget", "1/10min", "--json", *data)
    assert calibrated.code == 0, calibrated.stderr
    evidence = json.loads(calibrated.stdout)["evidence"]
    assert evidence["held_out_s"] == pytest.approx(360, abs=3)
    assert evidence["cross_fit"] == {
        "siblings": 3,
        "seconds": pytest.approx(360, abs=3),
    }
    refused = asd_monitor("calibrate", "--verify", trained.normal, *data)
    assert "the weights were fitted on it" in complaint(refused, code=2)


def test_clips_judged_beside_a_cohort_are_replayed_and_explained_in_the_same_units(
    trained: Trained, tmp_path: Path
) -> None:
    out = tmp_path / "beside.json"
    model = ("--bundle", trained.machine.bundle)
    calibrated = asd_monitor("calibrate", trained.normal, *model, "--cohort", 5, "--out", out)
    assert calibrated.code == 0, calibrated.stderr
    assert "beside the 5 of" in calibrated.stdout
    judging = (*model, "--calibration", out)
    replayed = asd_monitor("replay", trained.faulty, "--json", *judging)
    records = [json.loads(line) for line in replayed.stdout.splitlines()]
    clips = [record for record in records if record["type"] == "clip"]
    assert {record["type"] for record in records} >= {"clip", "event", "file"}
    calibration = json.loads(out.read_text())
    assert {clip["threshold"] for clip in clips} == {calibration["thresholds"]["critical"]}
    assert min(clip["score"] for clip in clips) < calibration["normal"]["mean"] + 3
    recording = min(trained.faulty.iterdir())
    explained = asd_monitor("explain", recording, *judging, "--json")
    assert explained.code == 0, explained.stderr
    [of_file] = [r for r in records if r["type"] == "file" and r["file"].endswith(recording.name)]
    assert json.loads(explained.stdout)["score"] == pytest.approx(of_file["score"], rel=0.01)
