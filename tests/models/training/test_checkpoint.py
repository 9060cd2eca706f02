"""An interrupted fit goes on to the very end that it would have reached."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from asd_monitor.models.detectors.autoencoder import Autoencoder
from asd_monitor.models.detectors.group_made import GroupMade
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.training.checkpoint import Checkpoint
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.settings import TrainingSettings
from tests.support.fitting import Epochs, ignore, steady_frames, training_sound

SETTINGS = TrainingSettings(detector="autoencoder", hidden=(16, 4, 16), epochs=6)
SOUND = training_sound(steady_frames(1200), steady_frames(300, seed=1))


class StoppedError(Exception):
    """Somebody pressed control and C."""


def interrupt_after(epoch: int) -> Callable[[EpochDone], None]:
    def interrupt(done: EpochDone) -> None:
        if done.epoch == epoch:
            raise StoppedError

    return interrupt


@pytest.fixture
def settings(tmp_path: Path) -> TrainingSettings:
    return replace(SETTINGS, checkpoint=tmp_path / "new" / "fit.unfinished")


def kept_in(settings: TrainingSettings) -> Path:
    assert settings.checkpoint is not None
    return settings.checkpoint


def interrupted(
    settings: TrainingSettings, *, epoch: int, detector: type[Autoencoder | GroupMade] = Autoencoder
) -> None:
    with pytest.raises(StoppedError):
        detector.fit(SOUND, settings, interrupt_after(epoch))


@pytest.mark.parametrize("detector", [Autoencoder, GroupMade])
@pytest.mark.parametrize("epoch", [1, 4, 6])
def test_what_was_interrupted_ends_as_if_it_had_not_been(
    settings: TrainingSettings, epoch: int, detector: type[Autoencoder | GroupMade]
) -> None:
    whole, report = detector.fit(SOUND, SETTINGS, ignore)
    interrupted(settings, epoch=epoch, detector=detector)
    epochs = Epochs()
    resumed, resumed_report = detector.fit(SOUND, settings, epochs)
    assert [done.epoch for done in epochs.done] == list(range(epoch + 1, 7))
    assert resumed_report == report
    for name, tensor in whole.tensors().items():
        np.testing.assert_array_equal(resumed.tensors()[name], tensor)


def test_a_fit_that_had_lost_patience_does_not_go_on(settings: TrainingSettings) -> None:
    impatient = replace(settings, patience=1, epochs=500)
    report = Autoencoder.fit(SOUND, impatient, ignore)[1]
    epochs = Epochs()
    assert Autoencoder.fit(SOUND, impatient, epochs)[1] == report
    assert epochs.done == []


def epochs_of(settings: TrainingSettings, *, seed_of_sound: int = 1) -> list[int]:
    epochs = Epochs()
    sound = training_sound(steady_frames(1200), steady_frames(300, seed=seed_of_sound))
    Autoencoder.fit(sound, settings, epochs)
    return [done.epoch for done in epochs.done]


@pytest.mark.parametrize("change", [{"seed": 1}, {"hidden": (16, 3, 16)}, {"gain_range_db": 1.0}])
def test_other_settings_begin_anew(settings: TrainingSettings, change: dict[str, int]) -> None:
    interrupted(settings, epoch=3)
    assert epochs_of(replace(settings, **change))[0] == 1  # type: ignore[arg-type]
    interrupted(settings, epoch=3)
    assert epochs_of(settings)[0] == 4


def test_other_sound_begins_anew(settings: TrainingSettings) -> None:
    interrupted(settings, epoch=3)
    assert epochs_of(settings, seed_of_sound=2)[0] == 1


@pytest.mark.parametrize("damage", [b"", b"no checkpoint", None])
def test_a_checkpoint_that_cannot_be_read_begins_anew(
    settings: TrainingSettings, damage: bytes | None
) -> None:
    interrupted(settings, epoch=3)
    path = kept_in(settings)
    path.write_bytes(path.read_bytes()[:-9] if damage is None else damage)
    assert epochs_of(settings)[0] == 1


def test_a_checkpoint_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    checkpoint = Checkpoint(tmp_path / "file" / "fit", key=torch.zeros(32, dtype=torch.uint8))
    with pytest.raises(ConfigurationError, match="unfinished training"):
        checkpoint.save({})
