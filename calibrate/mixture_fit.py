"""A Gaussian mixture with diagonal covariances, fitted by expectation maximisation."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_STEPS = 200
TOLERANCE = 1e-6
MIN_STD = 0.5
"""In the units of the data; without a floor a component shrinks onto a single point."""

MIN_WEIGHT = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A fitted mixture.

    Attributes:
        weights: ``(k,)``, their sum is 1.
        means: ``(k, n_features)``.
        stds: ``(k, n_features)``.
        bic: Bayesian information criterion; lower is better.
        labels: the likeliest component of each point, ``(n_points,)``.
    """

    weights: Floats
    means: Floats
    stds: Floats
    bic: float
    labels: NDArray[np.intp]


def fit_mixture(points: Floats, *, k: int) -> Mixture:
    """Fit a mixture of `k` components.

    The components begin as the pieces into which the largest gaps of the first feature cut the
    points, and as pieces of equal size; the likelier end is taken. So the same points give the
    same mixture, whatever their order.

    Args:
        points: ``(n_points, n_features)``, at least `k` points.
        k: how many components.
    """
    fits = [_converge(points, starts) for starts in _beginnings(points, k)]
    return min(fits, key=lambda fit: fit.bic)


def _beginnings(points: Floats, k: int) -> list[Floats]:
    """Memberships to begin with, ``(n_points, k)`` each."""
    order = np.argsort(points[:, 0], kind="stable")
    widest = np.sort(np.argsort(np.diff(points[order, 0]), kind="stable")[len(points) - k :]) + 1
    pieces = [np.split(order, widest), np.array_split(order, k)]
    beginnings = []
    for piece in pieces:
        members = np.zeros((len(points), k))
        for index, rows in enumerate(piece):
            members[rows, index] = 1.0
        beginnings.append(members)
    return beginnings


def _converge(points: Floats, members: Floats) -> Mixture:
    likelihood = -math.inf
    for _ in range(MAX_STEPS):
        weights, means, stds = _maximise(points, members)
        joint = _log_joint(points, weights, means, stds)
        total = np.logaddexp.reduce(joint, axis=1)
        members = np.exp(joint - total[:, None])
        before, likelihood = likelihood, float(total.sum())
        if likelihood - before < TOLERANCE * len(points):
            break
    n_parameters = len(weights) - 1 + means.size + stds.size
    return Mixture(
        weights=weights,
        means=means,
        stds=stds,
        bic=n_parameters * math.log(len(points)) - 2 * likelihood,
        labels=joint.argmax(axis=1),
    )


def _maximise(points: Floats, members: Floats) -> tuple[Floats, Floats, Floats]:
    mass = np.maximum(members.sum(axis=0), MIN_WEIGHT)
    means = (members.T @ points) / mass[:, None]
    variances = (members.T @ points**2) / mass[:, None] - means**2
    stds = np.sqrt(np.maximum(variances, MIN_STD**2))
    return mass / mass.sum(), means, stds


def _log_joint(points: Floats, weights: Floats, means: Floats, stds: Floats) -> Floats:
    z = (points[:, None, :] - means) / stds
    densities = -0.5 * (z**2 + math.log(2 * math.pi)) - np.log(stds)
    joint: Floats = densities.sum(axis=2) + np.log(weights)
    return joint
