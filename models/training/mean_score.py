"""The mean score of a Group MADE over a batch, and its gradient, in one pass with numpy.

The output layer is computed some mel bands at a time: their density parameters become likelihoods,
these gradients, and these the gradients of weights and units, before they leave the second-level
cache. The products are numpy's, whose OpenBLAS uses what every processor has; those of torch took
twice as long on one that its library does not know.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.training.mixture_gradient import replace_by_gradient
from asd_monitor.models.training.rectifier import rectify, rectify_gradient

Floats = NDArray[np.float32]

ROWS = 480
"""Density parameters at a time: of 512 windows a megabyte."""


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """The parameters of every layer, or the gradient in them.

    Attributes:
        weights: of the hidden layers, ``(n_out, n_in)`` each.
        biases: of the hidden layers, ``(n_out,)`` each.
        frame_weights: of the output layer, for each scored frame one stretch of memory, see
            `asd_monitor.models.training.density_layer`.
    """

    weights: Sequence[Floats]
    biases: Sequence[Floats]
    frame_weights: Sequence[Floats]


def mean_score(layers: Layers, *, given: Floats, targets: Floats, gradient: Layers | None) -> float:
    """Nats per scored bin, mean over a batch, and its gradient.

    Args:
        layers: masks applied.
        given: frames that condition, ``(n_windows, n_inputs * n_mels)``.
        targets: frames that are scored, ``(n_scored, n_mels, n_windows)``.
        gradient: is overwritten; says nothing of masks. None if it is not wanted.

    Returns:
        The score, infinite or NaN where the weights have left the range of the numbers.
    """
    # What leaves the range of the numbers shows in the score.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        values = [given]
        for weight, bias in zip(layers.weights, layers.biases, strict=True):
            values.append(_hidden(values[-1], weight, bias))
        by_frame = None if gradient is None else gradient.frame_weights
        score, by_value = _output(layers.frame_weights, values[-1], targets, by_frame)
        if gradient is not None:
            _descend(layers, values, by_value, gradient)
        return score


def _hidden(values: Floats, weight: Floats, bias: Floats) -> Floats:
    values = values @ weight.T
    rectify(values, bias)
    return values


def _output(
    frame_weights: Sequence[Floats],
    values: Floats,
    targets: Floats,
    gradient: Sequence[Floats] | None,
) -> tuple[float, Floats]:
    """The output layer's score, and the score's gradient in ``values``, zero if none is wanted."""
    n_windows = len(values)
    units = np.concatenate([np.ones((n_windows, 1), np.float32), values], axis=1)
    by_value = np.zeros_like(values)
    score = 0.0
    for place, frame in enumerate(frame_weights):
        _, *mixture, width = frame.shape
        seen, by_seen = units[:, :width], by_value[:, : width - 1]
        at_once = max(1, ROWS // math.prod(mixture))
        for band in range(0, len(frame), at_once):
            bands = slice(band, band + at_once)
            weight = frame[bands].reshape(-1, width)
            parameters = weight @ seen.T
            score += replace_by_gradient(
                parameters.reshape(-1, *mixture, n_windows),
                targets[place, bands],
                share=1 / targets.size,
            )
            if gradient is not None:
                by_seen += parameters.T @ weight[:, 1:]
                np.matmul(parameters, seen, out=gradient[place][bands].reshape(-1, width))
    return score / targets.size, by_value


def _descend(layers: Layers, values: Sequence[Floats], by_value: Floats, gradient: Layers) -> None:
    """From the gradient in what enters the output layer down through the others."""
    ones = np.ones(len(by_value), np.float32)
    parameters = list(zip(layers.weights, gradient.weights, gradient.biases, strict=True))
    for (weight, by_weight, by_bias), (above, below) in zip(
        parameters[::-1], pairwise(values[::-1]), strict=True
    ):
        rectify_gradient(by_value, above)
        np.matmul(by_value.T, below, out=by_weight)
        np.matmul(ones, by_value, out=by_bias)
        if below is not values[0]:
            by_value = by_value @ weight
