"""Bundles that an evaluation trains, and finds again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from asd_monitor.calibrate.evaluation import trained
from asd_monitor.calibrate.evaluation.labelled import LabelledMachine
from asd_monitor.calibrate.evaluation.trained import trained_bundle
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.errors import InsufficientSoundError
from asd_monitor.models.training.settings import TrainingSettings
from tests.support.bundles import tiny_bundle
from tests.support.fitting import ignore
from tests.support.labelled_sets import write_set

SETTINGS = TrainingSettings(detector="group-made")


class CountingTrainer:
    """Stands in for training, which takes long.

    Attributes:
        seeds: of the trainings so far.
        interrupts: whether the next one is interrupted after its first pass.
        went_on: whether the latest one found what an earlier one had kept.
    """

    def __init__(self) -> None:
        self.seeds: list[int] = []
        self.interrupts = False
        self.went_on = False

    def __call__(
        self, _paths: Sequence[Path], settings: TrainingSettings, _told: Callable[..., None]
    ) -> Bundle:
        """Return a bundle at once, or keep what there is of it and stop."""
        self.seeds.append(settings.seed)
        assert settings.checkpoint is not None
        self.went_on = settings.checkpoint.exists()
        if self.interrupts:
            settings.checkpoint.parent.mkdir()
            settings.checkpoint.touch()
            raise KeyboardInterrupt
        return tiny_bundle(settings.seed)


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> CountingTrainer:
    counting = CountingTrainer()
    monkeypatch.setattr(trained, "train", counting)
    return counting


@pytest.fixture
def machine(tmp_path: Path) -> LabelledMachine:
    root = write_set(tmp_path / "fan", ["a.wav", "b.wav"])
    return LabelledMachine(
        kind="fan", machine_id="id_00", train_groups=((root / "a.wav", root / "b.wav"),), test=()
    )


def test_the_same_detector_is_trained_once(
    trainer: CountingTrainer, machine: LabelledMachine, tmp_path: Path
) -> None:
    first = trained_bundle(machine, SETTINGS, tmp_path / "bundles", ignore)
    second = trained_bundle(machine, SETTINGS, tmp_path / "bundles", ignore)
    assert trainer.seeds == [0]
    assert first.fingerprint == second.fingerprint != ""


def test_what_was_interrupted_goes_on_and_leaves_nothing_but_the_bundle(
    trainer: CountingTrainer, machine: LabelledMachine, tmp_path: Path
) -> None:
    trainer.interrupts = True
    with pytest.raises(KeyboardInterrupt):
        trained_bundle(machine, SETTINGS, tmp_path / "bundles", ignore)
    trainer.interrupts = False
    trained_bundle(machine, SETTINGS, tmp_path / "bundles", ignore)
    assert trainer.went_on
    assert [path.suffix for path in (tmp_path / "bundles").iterdir()] == [".safetensors"]


def test_other_settings_or_other_sound_are_trained_anew(
    trainer: CountingTrainer, machine: LabelledMachine, tmp_path: Path
) -> None:
    def train(machine: LabelledMachine, settings: TrainingSettings) -> None:
        trained_bundle(machine, settings, tmp_path / "bundles", ignore)

    train(machine, SETTINGS)
    train(machine, replace(SETTINGS, seed=1))
    train(replace(machine, train_groups=(machine.train[:1],)), SETTINGS)
    train(replace(machine, machine_id="id_02"), SETTINGS)
    write_set(tmp_path / "fan", ["a.wav"], n_samples=800)
    train(machine, SETTINGS)
    assert trainer.seeds == [0, 1, 0, 0, 0]


@pytest.mark.usefixtures("trainer")
def test_a_machine_without_sound_to_train_on_is_named(
    machine: LabelledMachine, tmp_path: Path
) -> None:
    with pytest.raises(InsufficientSoundError, match="fan id_00 has no normal sound to train on"):
        trained_bundle(replace(machine, train_groups=()), SETTINGS, tmp_path, ignore)
