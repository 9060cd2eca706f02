"""The autoencoder's two scores; what every detector must keep is in the conformance suite."""

import functools

import numpy as np
import pytest
from numpy.typing import NDArray

from asd_monitor.models.dense import Dense, dense_shapes
from asd_monitor.models.detectors.autoencoder import HIDDEN, Architecture, Autoencoder
from asd_monitor.models.errors import BundleError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.training.settings import ErrorScore, TrainingSettings
from tests.support.fitting import SMALL, ignore, steady_frames, training_sound, white_frames

N_VALUES = SMALL.n_frames * SMALL.n_mels


def silent(score: ErrorScore, *, whitening: NDArray[np.float32] | None = None) -> Autoencoder:
    """Reconstructs nothing, so that the error is the window itself."""
    shapes = dense_shapes((N_VALUES, 4, N_VALUES))
    tensors = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    dense = Dense.from_tensors(tensors, n_layers=2)
    return Autoencoder(Architecture(hidden=(4,), score=score), dense, whitening=whitening)


def some_windows(n_windows: int) -> NDArray[np.float32]:
    frames = white_frames(n_windows * SMALL.n_frames, seed=3)
    return frames.reshape(n_windows, SMALL.n_frames, SMALL.n_mels)


@functools.cache
def fitted() -> Autoencoder:
    settings = TrainingSettings(score=ErrorScore.MAHALANOBIS, hidden=(16, 4, 16), epochs=3)
    sound = training_sound(steady_frames(1500), steady_frames(300, seed=1))
    return Autoencoder.fit(sound, settings, ignore)[0]


def test_the_default_network_is_the_baselines() -> None:
    widths = Architecture(hidden=HIDDEN, score=ErrorScore.MSE).widths(FeatureConfig())
    assert widths == (640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640)


def test_mse_is_the_mean_of_all_squared_errors_and_of_a_bands() -> None:
    windows = some_windows(7)
    score, per_bin = silent(ErrorScore.MSE).score_windows(windows)
    np.testing.assert_allclose(score, np.square(windows).mean(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_allclose(per_bin, np.square(windows).mean(axis=1), rtol=1e-6)


def test_mahalanobis_is_the_distance_of_a_frames_errors_over_its_values() -> None:
    mixing = np.random.default_rng(4).normal(size=(SMALL.n_mels, SMALL.n_mels))
    precision = mixing.T @ mixing
    detector = silent(ErrorScore.MAHALANOBIS, whitening=mixing.astype(np.float32))
    windows = some_windows(7)
    distances = np.einsum("nfi,ij,nfj->nf", windows, precision, windows)
    score, per_bin = detector.score_windows(windows)
    np.testing.assert_allclose(score, distances.mean(axis=1) / SMALL.n_mels, rtol=1e-5)
    np.testing.assert_allclose(per_bin.mean(axis=1), score, rtol=1e-12)


def test_errors_as_large_as_normal_have_a_mahalanobis_score_of_one() -> None:
    settings = TrainingSettings(
        score=ErrorScore.MAHALANOBIS, hidden=(16, 4, 16), epochs=3, gain_range_db=0
    )
    sound = training_sound(steady_frames(3000), steady_frames(300, seed=1))
    report = Autoencoder.fit(sound, settings, ignore)[1]
    assert report.nll_fitted == pytest.approx(1, abs=0.05)


def test_a_mahalanobis_detector_comes_back_to_the_bit() -> None:
    again = Autoencoder.from_tensors(fitted().tensors(), fitted().hyperparameters(), SMALL)
    windows = some_windows(5)
    np.testing.assert_array_equal(
        again.score_windows(windows)[0], fitted().score_windows(windows)[0]
    )
    assert again.hyperparameters() == fitted().hyperparameters()


@pytest.mark.parametrize("score", ["mse", "mahalanobis"])
def test_a_whitening_is_there_for_the_distance_and_for_nothing_else(score: str) -> None:
    tensors = fitted().tensors()
    if score == "mahalanobis":
        del tensors["whitening"]
    with pytest.raises(BundleError, match="whitening"):
        Autoencoder.from_tensors(tensors, fitted().hyperparameters() | {"score": score}, SMALL)


@pytest.mark.parametrize(
    ("change", "named"),
    [({"score": "cosine"}, "cosine"), ({"hidden": []}, "hidden"), ({"depth": 1}, "depth")],
)
def test_impossible_hyperparameters_are_refused(change: dict[str, object], named: str) -> None:
    with pytest.raises(BundleError, match=named):
        Autoencoder.from_tensors(fitted().tensors(), fitted().hyperparameters() | change, SMALL)
