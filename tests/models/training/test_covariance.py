"""Covariances that can be inverted, and whitenings whose variables keep their meaning."""

import numpy as np
import pytest
from numpy.typing import NDArray

from asd_monitor.models.training.covariance import corr_max_whitening, shrunk_covariance

Matrix = NDArray[np.float64]


def a_covariance(n: int = 6) -> Matrix:
    mixing = np.random.default_rng(0).normal(size=(n, 2 * n))
    covariance: Matrix = mixing @ mixing.T * np.outer(np.arange(1, n + 1), np.arange(1, n + 1))
    return covariance


def test_whitened_variables_are_uncorrelated_and_of_unit_variance() -> None:
    whitening = corr_max_whitening(a_covariance())
    np.testing.assert_allclose(whitening @ a_covariance() @ whitening.T, np.eye(6), atol=1e-9)


def test_squares_of_whitened_variables_sum_to_the_mahalanobis_distance() -> None:
    deviation = np.arange(6.0)
    distance = deviation @ np.linalg.inv(a_covariance()) @ deviation
    parts = np.square(corr_max_whitening(a_covariance()) @ deviation)
    assert parts.sum() == pytest.approx(distance)


def test_no_other_whitening_correlates_better_with_the_variables() -> None:
    covariance = a_covariance()
    deviations = np.sqrt(np.diag(covariance))
    best = corr_max_whitening(covariance)

    def mean_correlation(whitening: Matrix) -> float:
        return float(np.mean(np.diag(whitening @ covariance) / deviations))

    rotations = (
        np.linalg.qr(np.random.default_rng(seed).normal(size=(6, 6)))[0] for seed in range(20)
    )
    others = [np.linalg.inv(np.linalg.cholesky(covariance)), *(q @ best for q in rotations)]
    assert all(mean_correlation(best) > mean_correlation(other) for other in others)


def test_fewer_samples_than_values_give_a_covariance_that_can_be_inverted() -> None:
    samples = np.random.default_rng(0).normal(size=(5, 20))
    assert np.linalg.eigvalsh(shrunk_covariance(samples)).min() > 0.1


@pytest.mark.parametrize(("centred", "expected"), [(True, 1.0), (False, 1.0 + 9.0)])
def test_many_samples_give_the_covariance_around_their_mean_or_around_zero(
    centred: bool,
    expected: float,
) -> None:
    samples = 3 + np.random.default_rng(0).normal(size=(20_000, 2))
    variances = np.diag(shrunk_covariance(samples, centred=centred))
    np.testing.assert_allclose(variances, expected, rtol=0.05)
