"""A detector tried on labelled recordings of a machine made of arithmetic."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings
from asd_monitor.calibrate.calibration import load_calibration
from asd_monitor.calibrate.evaluation.discover import discover
from asd_monitor.calibrate.evaluation.labelled import LabelledMachine
from asd_monitor.calibrate.evaluation.trial import Trial, notes_of, try_out
from asd_monitor.models.bundle import Bundle, Stretch
from asd_monitor.models.errors import AudioError, InsufficientSoundError
from asd_monitor.models.recordings import file_sha256, open_recording
from asd_monitor.monitor.replay.replay import FileRecord, Replay
from tests.support.bundles import tiny_ensemble
from tests.support.labelled_sound import write_machine
from tests.support.machines import an_identity, install, knowing_bundle
from tests.support.per_band import clip_bundle
from tests.support.recorded import not_finite

BUDGET = parse_budget("6/h")
SETTINGS = CalibrationSettings(budget=BUDGET, warning_budget=BUDGET)


def tried(machine: LabelledMachine, bundle: Bundle | None = None) -> Trial:
    return try_out(
        "group-made",
        bundle or knowing_bundle(),
        machine,
        SETTINGS,
        channel=None,
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


def machine_in(root: Path) -> LabelledMachine:
    (machine,) = discover(root).machines
    return machine


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_machine(tmp_path_factory.mktemp("set") / "pump", n_train=40, n_test=4)


def test_every_recording_is_scored_and_faults_score_above_the_threshold(root: Path) -> None:
    trial = tried(machine_in(root))
    assert (trial.kind, trial.machine_id, trial.notes) == ("pump", "id_00", ())
    assert trial.threshold is not None
    assert len(trial.scores(anomalous=False)) == len(trial.scores(anomalous=True)) == 4
    assert (trial.scores(anomalous=True) > trial.threshold).all()
    assert (trial.scores(anomalous=False) <= trial.threshold).all()


def test_scores_are_those_that_replay_gives_the_files(root: Path, tmp_path: Path) -> None:
    install(tmp_path, "pump")
    calibration = load_calibration(tmp_path / "machines" / "pump" / "calibration.json")
    bundle = replace(knowing_bundle(), fingerprint=calibration.bundle)
    replay = Replay(bundle, calibration, an_identity(), channel=None)
    trial = tried(machine_in(root))
    for file in trial.files:
        records = list(replay.session([open_recording(file.path)]))
        assert [r.verdict.score for r in records if isinstance(r, FileRecord)] == [file.score]


def test_a_detector_of_whole_clips_scores_files_too(root: Path) -> None:
    trial = tried(machine_in(root), clip_bundle())
    assert len(trial.files) == 8
    assert trial.threshold is not None


def test_an_ensemble_says_how_its_windows_came_to_be_pooled(root: Path) -> None:
    (note, *_) = tried(machine_in(root), tiny_ensemble()).notes
    assert note.startswith("Windows are pooled by ")


def test_without_normal_sound_there_are_scores_and_no_threshold(root: Path) -> None:
    trial = tried(replace(machine_in(root), train_groups=()))
    assert trial.threshold is None
    assert trial.notes == ("no threshold: there is no normal sound beside the tested",)
    assert len(trial.files) == 8


def test_too_little_normal_sound_is_said(root: Path) -> None:
    machine = machine_in(root)
    trial = tried(replace(machine, train_groups=(machine.train[:5],)))
    assert trial.threshold is None
    (note,) = notes_of([trial])
    assert note.startswith("group-made on pump id_00: no threshold: Calibration needs at least")


def test_several_detectors_cannot_be_combined_without_normal_sound(root: Path) -> None:
    with pytest.raises(InsufficientSoundError, match=r"group-made\+spectral combines several"):
        tried(replace(machine_in(root), train_groups=()), tiny_ensemble())


@pytest.mark.parametrize(("n_known", "said"), [(1, "{} was"), (3, "3 files, {} first, were")])
def test_what_was_trained_on_tests_nothing(root: Path, n_known: int, said: str) -> None:
    machine = machine_in(root)
    known = [file.path for file in machine.test[:n_known]]
    bundle = knowing_bundle()
    stretches = tuple(
        Stretch(
            sha256=file_sha256(path), name=path.name, first_sample=0, n_samples=1, role="fitted"
        )
        for path in known
    )
    provenance = replace(bundle.provenance, stretches=stretches)
    trial = tried(machine, replace(bundle, provenance=provenance))
    assert [file.path for file in trial.files] == [file.path for file in machine.test[n_known:]]
    assert trial.notes == (f"left out: {said.format(known[0])} trained on and can test nothing",)


def test_what_cannot_be_judged_is_left_out_and_said(root: Path, tmp_path: Path) -> None:
    machine = machine_in(root)
    broken = not_finite(tmp_path / "broken.wav")
    gone = tmp_path / "gone.wav"
    test = (replace(machine.test[0], path=broken), replace(machine.test[0], path=gone))
    trial = tried(replace(machine, test=(*machine.test, *test)))
    assert len(trial.files) == 8
    assert trial.notes[0] == f"left out: {broken} cannot be judged (not_finite)"
    assert str(gone) in trial.notes[1]
    with pytest.raises(AudioError, match="no test recording of pump id_00 can be scored"):
        tried(replace(machine, test=test))
