"""The score of mixtures of Gaussians and its gradient, in closed form and in place.

Autograd keeps a dozen arrays as large as the parameters and walks over them twice. With weights
``w_c = softmax(a_c)`` and responsibilities ``r_c = softmax(a_c + log N_c)`` (C. M. Bishop, "Mixture
density networks", 1994) the gradient of the negative log-likelihood is ``w_c - r_c`` in the logits,
``r_c * (mean_c - t) / sigma_c**2`` in the means, and ``r_c * (1 - ((t - mean_c) / sigma_c)**2)`` in
the log-sigmas.

numpy walks over the parameters some twenty times, an operation after the other. What numba compiles
does all of it to the mixtures of one target while they are near the processor.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from asd_monitor.models.mixture import LOG_SIGMA_MAX, LOG_SIGMA_MIN
from asd_monitor.models.mixture import n_parameters as n_parameters_of
from asd_monitor.models.training.vector_exp import exp

Floats = NDArray[np.float32]
Range = tuple[np.float32, np.float32]

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)
_WITHOUT_LOGITS = n_parameters_of(1)

_compiled = njit(error_model="numpy", fastmath={"contract"})


def replace_by_gradient(parameters: Floats, targets: Floats, *, share: float) -> float:
    """Score targets under their mixtures, and replace the parameters by the score's gradient.

    Args:
        parameters: ``(n_targets, n_parameters, n_components, n_windows)``, those of
            `asd_monitor.models.mixture`; overwritten by the gradient.
        targets: ``(n_targets, n_windows)``.
        share: factor of the gradient.

    Returns:
        The sum of the targets' negative log-likelihoods, nats; infinite or NaN where the parameters
        have left the range of the numbers.
    """
    log_sums = np.empty((2, 2, *targets.shape), np.float32)
    sigmas = np.float32(LOG_SIGMA_MIN), np.float32(LOG_SIGMA_MAX)
    _replace(parameters, targets, np.float32(share), sigmas, log_sums)
    largest, total = log_sums
    of_weights, of_joint = np.log(total) + largest
    return float(np.sum(of_weights - of_joint, dtype=np.float64)) + targets.size * _HALF_LOG_TWO_PI


@_compiled
def _replace(
    parameters: Floats,
    targets: Floats,
    share: np.float32,
    log_sigmas: Range,
    log_sums: Floats,
) -> None:
    """The same, but for sums ``(2, 2, n_targets, n_windows)`` of logits and joint over components.

    They are given by the largest term, and the sum of the exponentials of what terms exceed it by.
    """
    # By index: parts of an unpacked array are not known to be contiguous, and come out slow.
    largest, total = log_sums[0], log_sums[1]
    n_targets, n_parameters, n_components, n_windows = parameters.shape
    joint = np.empty((n_components, n_windows), np.float32)
    # A single component's weight has no gradient: these stay zero.
    no_logits = np.zeros((n_components, n_windows), np.float32)
    for i in range(n_targets):
        mean, log_sigma = parameters[i, 0], parameters[i, 1]
        logits = no_logits if n_parameters == _WITHOUT_LOGITS else parameters[i, 2]
        _log_joint(parameters[i], logits, targets[i], log_sigmas, joint)
        _exponentials(logits, largest[0, i], total[0, i])
        _exponentials(joint, largest[1, i], total[1, i])
        for c in range(n_components):
            for n in range(n_windows):
                responsibility = share / total[1, i, n] * joint[c, n]
                mean[c, n] *= responsibility
                log_sigma[c, n] *= responsibility
                logits[c, n] = share / total[0, i, n] * logits[c, n] - responsibility


@_compiled
def _log_joint(
    parameters: Floats, logits: Floats, target: Floats, log_sigmas: Range, joint: Floats
) -> None:
    """Logits and log-densities; means and log-sigmas become the gradient of these, negative.

    Args:
        parameters: ``(n_parameters, n_components, n_windows)``; a log-sigma that is clamped has no
            gradient.
        logits: ``(n_components, n_windows)``, zeros where there are none.
        target: ``(n_windows,)``.
        log_sigmas: the least and the largest.
        joint: takes what is computed, but for a constant, ``(n_components, n_windows)``.
    """
    mean, log_sigma = parameters[0], parameters[1]
    lowest, highest = log_sigmas
    for c in range(len(joint)):
        for n in range(len(target)):
            clamped = min(max(log_sigma[c, n], lowest), highest)
            precision = exp(-clamped)
            deviation = (mean[c, n] - target[n]) * precision
            square = deviation * deviation
            joint[c, n] = logits[c, n] - clamped - _HALF * square
            mean[c, n] = deviation * precision
            log_sigma[c, n] = _ONE - square if clamped == log_sigma[c, n] else _ZERO


@_compiled
def _exponentials(terms: Floats, largest: Floats, total: Floats) -> None:
    """Of terms ``(n_components, n_windows)`` less the largest component, in place; their sums."""
    for n in range(len(total)):
        largest[n], total[n] = terms[0, n], _ZERO
    for c in range(1, len(terms)):
        for n in range(len(total)):
            largest[n] = max(largest[n], terms[c, n])
    for c in range(len(terms)):
        for n in range(len(total)):
            terms[c, n] = exp(terms[c, n] - largest[n])
            total[n] += terms[c, n]
