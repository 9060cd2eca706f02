"""The score of mixtures of Gaussians and its gradient, in closed form and in place.

Autograd keeps a dozen arrays as large as the parameters and walks over them twice. With weights
``w_c = softmax(a_c)`` and responsibilities ``r_c = softmax(a_c + log N_c)`` (C. M. Bishop, "Mixture
density networks", 1994) the gradient of the negative log-likelihood is ``w_c - r_c`` in the logits,
``r_c * (mean_c - t) / sigma_c**2`` in the means, and ``r_c * (1 - ((t - mean_c) / sigma_c)**2)`` in
the log-sigmas.
"""

import math

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.mixture import LOG_SIGMA_MAX, LOG_SIGMA_MIN

Floats = NDArray[np.float32]

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def replace_by_gradient(parameters: Floats, targets: Floats, *, share: float) -> float:
    """Score targets under their mixtures, and replace the parameters by the score's gradient.

    Args:
        parameters: ``(n_parameters, n_components, ...)``, laid out as in
            `asd_monitor.models.mixture`; overwritten by the gradient.
        targets: ``(...)``.
        share: factor of the gradient.

    Returns:
        The sum of the targets' negative log-likelihoods, nats; infinite or NaN where the parameters
        have left the range of the numbers.
    """
    mean, log_sigma, *logits = parameters
    outside = _clamp(log_sigma)
    precision = np.exp(-log_sigma)
    deviation = mean
    deviation -= targets
    deviation *= precision
    squares = np.square(deviation)
    if logits:
        joint = squares * np.float32(-0.5)
        joint -= log_sigma
        joint += logits[0]
        nll = _softmax(logits[0], share=share) - _softmax(joint, share=share)
        logits[0] -= joint
    else:
        nll = np.float32(0.5) * squares[0] + log_sigma[0]
        joint = np.full_like(squares, share)
    deviation *= precision
    deviation *= joint
    np.subtract(1, squares, out=squares)
    np.multiply(squares, joint, out=log_sigma)
    if outside is not None:
        log_sigma[outside] = 0
    return float(np.sum(nll, dtype=np.float64)) + nll.size * _HALF_LOG_TWO_PI


def _clamp(log_sigma: Floats) -> NDArray[np.bool_] | None:
    """Clamp in place; which were outside, None for the usual none, for they have no gradient."""
    if log_sigma.min() >= LOG_SIGMA_MIN and log_sigma.max() <= LOG_SIGMA_MAX:
        return None
    outside: NDArray[np.bool_] = (log_sigma < LOG_SIGMA_MIN) | (log_sigma > LOG_SIGMA_MAX)
    np.clip(log_sigma, LOG_SIGMA_MIN, LOG_SIGMA_MAX, out=log_sigma)
    return outside


def _softmax(terms: Floats, *, share: float) -> Floats:
    """Overwrite terms by ``share`` times their softmax over the first axis; their log-sum-exp."""
    largest: Floats = terms.max(axis=0)
    terms -= largest
    np.exp(terms, out=terms)
    total: Floats = terms.sum(axis=0)
    terms *= np.float32(share) / total
    return np.log(total) + largest
