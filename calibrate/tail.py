"""The generalised Pareto tail: maximum likelihood of many samples at once, and its quantile."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_SHAPE = 0.5
_SHAPES = np.linspace(0.0, MAX_SHAPE, 101)
_NEWTON_STEPS = 3
# Ties pull the scale to zero, where the density has no bound; in units of the mean excess.
_LOWEST_SCALE = 1e-3


def fit_tails(excesses: Floats) -> tuple[Floats, Floats]:
    """Fit shape and scale by maximum likelihood, the shape held between 0 and 0.5.

    The likelihood is profiled: for each shape of a grid in steps of 0.005 the best scale solves
    ``mean((1 + shape) x / (scale + shape x)) = 1``, by Newton's method from the scale of the shape
    before, and the best of these pairs is taken.

    Args:
        excesses: not negative, ``(n_samples, n_excesses)``.

    Returns:
        Shapes and scales, each ``(n_samples,)``; both 0 where all excesses of a sample are.
    """
    means = excesses.mean(axis=1)
    # In units of the mean, so that one starting point suits scores of any size.
    unit = excesses / np.where(means > 0, means, 1.0)[:, None]
    best = np.full(len(unit), -np.inf)
    shapes, scales, scale = np.zeros(len(unit)), means.copy(), np.ones(len(unit))
    for shape in _SHAPES:
        scale = _best_scale(unit, shape, near=scale)
        log_likelihood = _mean_log_density(unit, shape, scale)
        better = (log_likelihood > best) & (means > 0)
        best = np.where(better, log_likelihood, best)
        shapes = np.where(better, shape, shapes)
        scales = np.where(better, scale * means, scales)
    return shapes, scales


def _best_scale(unit: Floats, shape: float, *, near: Floats) -> Floats:
    """The scale that a shape asks for, from that of a neighbouring shape, ``(n_samples,)``."""
    scale = near
    for _ in range(_NEWTON_STEPS):
        spread = scale[:, None] + shape * unit
        shares = (1 + shape) * unit / spread
        slope = -(shares / spread).mean(axis=1)
        step = (shares.mean(axis=1) - 1) / np.where(slope < 0, slope, -1.0)
        scale = np.maximum(scale - step, np.maximum(scale / 2, _LOWEST_SCALE))
    return scale


def _mean_log_density(unit: Floats, shape: float, scale: Floats) -> Floats:
    if shape == 0:
        return np.asarray(-np.log(scale) - unit.mean(axis=1) / scale)
    stretched = np.log1p(shape * unit / scale[:, None]).mean(axis=1)
    return np.asarray(-np.log(scale) - (1 + 1 / shape) * stretched)


def tail_quantile(survival: float | Floats, shape: Floats, scale: Floats) -> Floats:
    """The excess that is exceeded with probability `survival`, of the arguments' common shape.

    Args:
        survival: above 0, at most 1.
        shape: not negative.
        scale: not negative.
    """
    exponential = shape == 0
    safe = np.where(exponential, 1.0, shape)
    excess = np.where(exponential, -np.log(survival), np.expm1(-safe * np.log(survival)) / safe)
    return np.asarray(excess * scale)


def tail_survival(excess: Floats, shape: float, scale: float) -> Floats:
    """The probability that an excess is exceeded, the inverse of `tail_quantile`.

    Args:
        excess: not negative, ``(n,)``.
        shape: not negative.
        scale: positive.
    """
    if shape == 0:
        return np.asarray(np.exp(-excess / scale))
    return np.asarray((1 + shape * excess / scale) ** (-1 / shape))
