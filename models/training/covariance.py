"""Covariances of a few thousand samples, and what makes variables uncorrelated."""

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

Matrix = NDArray[np.float64]


def shrunk_covariance(samples: NDArray[np.floating], *, centred: bool = True) -> Matrix:
    """Covariance, shrunk towards a multiple of the identity so that it can be inverted.

    Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices",
    Journal of Multivariate Analysis 88, 2004. Samples that overlap are less independent than it
    assumes, so that it shrinks a little less than would be best.

    Args:
        samples: ``(n_samples, n_values)``.
        centred: around the samples' mean; otherwise around zero.

    Returns:
        ``(n_values, n_values)``, positive definite unless the samples do not vary at all.
    """
    covariance: Matrix = LedoitWolf(assume_centered=not centred).fit(samples).covariance_
    return covariance.astype(np.float64)


def corr_max_whitening(covariance: Matrix) -> Matrix:
    """The whitening whose variables stay closest to the original ones.

    With ``R`` the correlation matrix and ``D`` the standard deviations it is ``R**-0.5 @ D**-1``:
    of all whitenings the one whose variables correlate best, on average, with the original ones,
    which makes their squares a fair partition of a Mahalanobis distance. Garthwaite and Koch,
    "Evaluating the contributions of individual variables to a quadratic form", Australian & New
    Zealand Journal of Statistics 58, 2016; Kessy, Lewin and Strimmer, "Optimal whitening and
    decorrelation", The American Statistician 72, 2018 ("ZCA-cor").

    Args:
        covariance: positive definite.

    Returns:
        ``W``, of the same shape; ``W @ covariance @ W.T`` is the identity.
    """
    deviations = np.sqrt(np.diag(covariance))
    variances, axes = np.linalg.eigh(covariance / np.outer(deviations, deviations))
    whitening: Matrix = (axes / np.sqrt(variances)) @ axes.T / deviations
    return whitening
