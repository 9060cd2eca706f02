"""The log-density of a mixture of Gaussians, one mixture per bin.

Parameters are laid out ``(n_parameters, n_components, ...)``: each is one stretch of memory per
component, and sums over components add such stretches. The three parameters are mean, log-sigma
and logit; a single component needs no logit and has two.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

LOG_SIGMA_MIN = -5.0
"""Variance floor: sigma is at least exp(-5) = 0.0067 standard deviations of the bin.

The papers name none. One of exp(-10) changed nothing, one of exp(-2) cost 0.003 of area under the
ROC curve (``docs/detectors.md``); what a floor buys is that no bin that repeats itself, of a file
played twice or of a silent band, makes the likelihood infinite."""

LOG_SIGMA_MAX = 5.0
"""Sigma is at most exp(5) = 148 standard deviations of the bin."""

DEVIATION_MAX = 1e18
"""Largest distance from a mean, in sigmas, that is told from a larger one; its square is finite."""

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def n_parameters(n_components: int) -> int:
    """Parameters of one component: mean and log-sigma, and a logit where there are several."""
    return 3 if n_components > 1 else 2


def negative_log_likelihood(
    parameters: Floats, targets: Floats, *, scratch: Floats | None = None
) -> Floats:
    """Negative log-likelihood of each target under its own mixture.

    With component log-densities log N_c and logits a_c it is
    ``-(logsumexp_c(a_c + log N_c) - logsumexp_c(a_c))``: the normalisation of the weights is the
    second term, and no softmax is computed. Log-sigma is clamped to [-5, 5].

    Args:
        parameters: ``(n_parameters, n_components, ...)``; overwritten, for a copy would leave the
            processor's cache.
        targets: ``(...)``, of the same type.
        scratch: ``(n_components, ...)``, of the same type, overwritten; None to allocate it.

    Returns:
        nats ``(...)``, of the same type; finite for finite arguments.
    """
    mean, log_sigma, *logits = parameters
    np.clip(log_sigma, LOG_SIGMA_MIN, LOG_SIGMA_MAX, out=log_sigma)
    log_density = _log_gaussian(targets, mean, log_sigma, sigma=np.exp(log_sigma, out=scratch))
    if not logits:
        single: Floats = _HALF_LOG_TWO_PI - log_density[0]
        return single
    log_density += logits[0]
    nll = _log_sum_exp(logits[0])
    nll -= _log_sum_exp(log_density)
    nll += _HALF_LOG_TWO_PI
    return nll


def _log_gaussian(targets: Floats, mean: Floats, log_sigma: Floats, *, sigma: Floats) -> Floats:
    """Log-density but for its constant; overwrites ``mean``."""
    result = mean
    result -= targets
    result /= sigma
    np.clip(result, -DEVIATION_MAX, DEVIATION_MAX, out=result)
    np.square(result, out=result)
    result *= -0.5
    result -= log_sigma
    return result


def _log_sum_exp(terms: Floats) -> Floats:
    """Over the first axis (components); overwrites ``terms``."""
    largest: Floats = terms.max(axis=0)
    terms -= largest
    np.exp(terms, out=terms)
    total: Floats = terms.sum(axis=0)
    np.log(total, out=total)
    total += largest
    return total
