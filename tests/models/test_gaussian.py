"""The Gaussian's likelihood; what every detector must keep is in the conformance suite."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_normal

from asd_monitor.models.detectors.gaussian import Gaussian
from asd_monitor.models.errors import BundleError
from asd_monitor.models.training.covariance import corr_max_whitening
from tests.support.fitting import SMALL

N_VALUES = SMALL.n_frames * SMALL.n_mels
RNG = np.random.default_rng(0)
MEAN = RNG.normal(size=N_VALUES).astype(np.float32)
COVARIANCE = np.cov(RNG.normal(size=(N_VALUES, N_VALUES)) @ RNG.normal(size=(N_VALUES, 500)))


def gaussian(covariance: NDArray[np.float64]) -> Gaussian:
    return Gaussian(mean=MEAN, whitening=corr_max_whitening(covariance).astype(np.float32))


def some_windows(n_windows: int) -> NDArray[np.float32]:
    values = RNG.multivariate_normal(MEAN, COVARIANCE, n_windows)
    return values.reshape(n_windows, SMALL.n_frames, SMALL.n_mels).astype(np.float32)


def test_the_score_is_the_negative_log_likelihood_per_value() -> None:
    windows = some_windows(20)
    log_density = multivariate_normal(MEAN, COVARIANCE).logpdf(windows.reshape(20, -1))
    score = gaussian(COVARIANCE).score_windows(windows)[0]
    np.testing.assert_allclose(score, -log_density / N_VALUES, atol=1e-3)


def test_independent_bands_are_given_their_own_likelihood() -> None:
    variances = np.linspace(0.5, 2, N_VALUES)
    windows = some_windows(3)
    detector = gaussian(np.diag(variances))
    moved = windows.copy()
    moved[:, :, 5] += 3
    before, after = (detector.score_windows(some)[1] for some in (windows, moved))
    changed = ~np.isclose(before, after, rtol=1e-12)
    assert changed[:, 5].all()
    assert not np.delete(changed, 5, axis=1).any()


def test_a_band_that_moves_away_is_given_the_largest_share() -> None:
    windows = np.broadcast_to(
        MEAN.reshape(SMALL.n_frames, SMALL.n_mels), (1, SMALL.n_frames, SMALL.n_mels)
    )
    correlated = 0.5 * np.eye(N_VALUES) + 0.5
    for band in range(SMALL.n_mels):
        moved = windows.copy()
        moved[:, :, band] += 3
        assert gaussian(correlated).score_windows(moved)[1].argmax() == band


def test_a_singular_whitening_is_refused() -> None:
    tensors = gaussian(COVARIANCE).tensors()
    tensors["whitening"] = np.ones_like(tensors["whitening"])
    with pytest.raises(BundleError, match="singular"):
        Gaussian.from_tensors(tensors, {}, SMALL)


def test_hyperparameters_are_refused_for_it_has_none() -> None:
    with pytest.raises(BundleError, match="depth"):
        Gaussian.from_tensors(gaussian(COVARIANCE).tensors(), {"depth": 1}, SMALL)
