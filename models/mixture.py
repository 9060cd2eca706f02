"""The log-density of a mixture of Gaussians, one mixture per bin.

Parameters are laid out ``(n_windows, n_parameters, n_components, n_bins)``, so that sums over
components run along contiguous bins. The three parameters are mean, log-sigma and logit; a
single component needs no logit and has two.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

LOG_SIGMA_MIN = -5.0
"""Variance floor: sigma is at least exp(-5) = 0.0067 standard deviations of the bin."""

LOG_SIGMA_MAX = 5.0
"""Sigma is at most exp(5) = 148 standard deviations of the bin."""

DEVIATION_MAX = 1e18
"""Largest distance from a mean, in sigmas, that is told from a larger one; its square is finite."""

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def n_parameters(n_components: int) -> int:
    """Parameters of one component: mean and log-sigma, and a logit where there are several."""
    return 3 if n_components > 1 else 2


def negative_log_likelihood(parameters: Floats, targets: Floats) -> Floats:
    """Negative log-likelihood of each target under its own mixture.

    With component log-densities log N_c and logits a_c it is
    ``-(logsumexp_c(a_c + log N_c) - logsumexp_c(a_c))``: the normalisation of the weights is the
    second term, and no softmax is computed. Log-sigma is clamped to [-5, 5].

    Args:
        parameters: ``(n_windows, n_parameters, n_components, n_bins)``.
        targets: ``(n_windows, n_bins)``, of the same type.

    Returns:
        nats ``(n_windows, n_bins)``, of the same type; finite for finite arguments.
    """
    mean, log_sigma = parameters[:, 0], np.clip(parameters[:, 1], LOG_SIGMA_MIN, LOG_SIGMA_MAX)
    log_density = _log_gaussian(targets[:, np.newaxis], mean, log_sigma)
    if log_density.shape[1] == 1:
        return _HALF_LOG_TWO_PI - log_density[:, 0]
    logits = parameters[:, 2]
    normalisation = _log_sum_exp(logits.copy())
    log_density += logits
    normalisation -= _log_sum_exp(log_density)
    normalisation += _HALF_LOG_TWO_PI
    return normalisation


def _log_gaussian(targets: Floats, mean: Floats, log_sigma: Floats) -> Floats:
    """Log-density but for its constant; overwrites ``log_sigma``."""
    result = targets - mean
    np.negative(log_sigma, out=log_sigma)
    result *= np.exp(log_sigma)
    np.clip(result, -DEVIATION_MAX, DEVIATION_MAX, out=result)
    np.square(result, out=result)
    result *= -0.5
    result += log_sigma
    return result


def _log_sum_exp(terms: Floats) -> Floats:
    """Over axis 1 (components); overwrites ``terms``."""
    largest: Floats = terms.max(axis=1)
    terms -= largest[:, np.newaxis]
    np.exp(terms, out=terms)
    largest += np.log(terms.sum(axis=1))
    return largest
