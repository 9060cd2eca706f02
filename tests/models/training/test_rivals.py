"""What the detectors beside Group MADE learn from normal sound."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from asd_monitor.models.detector import Detector
from asd_monitor.models.detectors.autoencoder import Autoencoder
from asd_monitor.models.detectors.gaussian import Gaussian
from asd_monitor.models.detectors.interpolation import Interpolation
from asd_monitor.models.training.autoencoder import AutoencoderNetwork
from asd_monitor.models.training.dense import DenseNetwork
from asd_monitor.models.training.interpolation import InterpolationNetwork
from asd_monitor.models.training.settings import ErrorScore, TrainingSettings
from asd_monitor.models.training.sound import TrainingSound
from tests.support.fitting import SMALL, Epochs, ignore, steady_frames, training_sound, white_frames

SETTINGS = TrainingSettings(hidden=(32, 8, 32), epochs=8, gain_range_db=0)
MAHALANOBIS = replace(SETTINGS, score=ErrorScore.MAHALANOBIS)
GAUSSIAN_ENTROPY = 0.5 * math.log(2 * math.pi * math.e)
RIVALS = [
    (Autoencoder, SETTINGS),
    (Autoencoder, MAHALANOBIS),
    (Interpolation, SETTINGS),
    (Gaussian, SETTINGS),
]


def steady_sound() -> TrainingSound:
    return training_sound(steady_frames(4000), steady_frames(800, seed=1))


def score(detector: Detector, sound: TrainingSound, *, offset: float = 0.0) -> float:
    """Mean score of the sound that chose the epoch, louder by an offset in units of 4 dB."""
    frames = sound.stopping.frames + np.float32(offset)
    windows = np.lib.stride_tricks.sliding_window_view(frames, SMALL.n_frames, axis=0)
    return float(detector.score_windows(windows.transpose(0, 2, 1))[0].mean())


@pytest.mark.parametrize("cls", [Autoencoder, Interpolation])
def test_networks_learn_what_frames_have_in_common(
    cls: type[Autoencoder | Interpolation],
) -> None:
    epochs = Epochs()
    report = cls.fit(steady_sound(), replace(SETTINGS, epochs=40), epochs)[1]
    assert report.nll_held_out < 0.3 * epochs.done[0].nll_held_out
    assert report.nll_held_out < 0.1


def test_a_gaussian_reaches_the_entropy_of_gaussian_sound() -> None:
    fitted, stopping = (0.5 * white_frames(20_000, seed=seed) + 1 for seed in (0, 1))
    report = Gaussian.fit(training_sound(fitted, stopping), SETTINGS, ignore)[1]
    assert report.nll_held_out == pytest.approx(GAUSSIAN_ENTROPY + math.log(0.5), abs=0.01)


def test_a_gaussian_tells_its_one_pass() -> None:
    epochs = Epochs()
    report = Gaussian.fit(steady_sound(), SETTINGS, epochs)[1]
    [only] = epochs.done
    assert (only.epoch, only.n_epochs, only.best_epoch) == (1, 1, 1)
    assert (only.loss, only.nll_held_out) == (report.nll_fitted, report.nll_held_out)


@pytest.mark.parametrize(("cls", "settings"), RIVALS)
def test_a_detector_fitted_with_gains_minds_a_gain_less(
    cls: type[Autoencoder | Interpolation | Gaussian], settings: TrainingSettings
) -> None:
    sound = steady_sound()
    plain, robust = (
        cls.fit(sound, replace(settings, gain_range_db=range_db), ignore)[0]
        for range_db in (0.0, 6.0)
    )
    rises = [score(one, sound, offset=1.0) - score(one, sound) for one in (plain, robust)]
    assert rises[1] < 0.5 * rises[0]


@pytest.mark.parametrize(("cls", "settings"), RIVALS)
def test_a_seed_gives_the_same_detector(
    cls: type[Autoencoder | Interpolation | Gaussian], settings: TrainingSettings
) -> None:
    again = replace(settings, epochs=2, gain_range_db=6.0)
    first, second = (cls.fit(steady_sound(), again, ignore)[0].tensors() for _ in range(2))
    for name, tensor in first.items():
        np.testing.assert_array_equal(second[name], tensor)


@pytest.mark.parametrize("n_frames", [1030, 516 + 513])
def test_no_batch_is_too_small_to_normalise_over(n_frames: int) -> None:
    sound = training_sound(steady_frames(n_frames), steady_frames(20))
    Autoencoder.fit(sound, replace(SETTINGS, epochs=1), ignore)


def test_numpy_scores_as_torch_does() -> None:
    n_values = SMALL.n_frames * SMALL.n_mels
    windows = white_frames(200).reshape(40, SMALL.n_frames, SMALL.n_mels)
    generator = torch.Generator().manual_seed(0)
    auto = DenseNetwork((n_values, 8, n_values), batch_norm=True, generator=generator).eval()
    middle = DenseNetwork((32, 8, 8), batch_norm=False, generator=generator).eval()
    with torch.no_grad():
        by_torch = [
            AutoencoderNetwork(auto)(torch.from_numpy(windows)),
            InterpolationNetwork(middle)(torch.from_numpy(windows)),
        ]
    by_numpy = [
        Autoencoder.from_tensors(
            auto.folded().tensors(), {"hidden": [8], "score": "mse"}, SMALL
        ).score_windows(windows)[0],
        Interpolation.from_tensors(middle.folded().tensors(), {"hidden": [8]}, SMALL).score_windows(
            windows
        )[0],
    ]
    for one, other in zip(by_numpy, by_torch, strict=True):
        np.testing.assert_allclose(one, other.numpy(), atol=1e-5)
