"""The mean score of a Group MADE over a batch, and its gradient, in one pass with numpy.

The output layer is computed some mel bands at a time: their density parameters become likelihoods,
these gradients, and these the gradients of weights and units, before they leave the second-level
cache. The products are numpy's, whose OpenBLAS uses what every processor has; those of torch took
twice as long on one that its library does not know.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.mixture import n_parameters
from asd_monitor.models.training.mixture_gradient import replace_by_gradient

Floats = NDArray[np.float32]

ROWS = 480
"""Density parameters at a time: of 512 windows a megabyte."""


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """The parameters of every layer, or the gradient in them.

    Attributes:
        weights: ``(n_out, n_in)`` each.
        biases: ``(n_out,)`` each.
    """

    weights: Sequence[Floats]
    biases: Sequence[Floats]


def mean_score(
    layers: Layers,
    *,
    n_seen: Sequence[int],
    n_components: int,
    given: Floats,
    targets: Floats,
    gradient: Layers | None,
) -> float:
    """Nats per scored bin, mean over a batch, and its gradient.

    Args:
        layers: masks applied to all weights but the last, whose rows are laid out
            ``(n_parameters, n_components, n_scored, n_mels)``.
        n_seen: how many units each scored frame sees: so many of the first.
        n_components: of a mixture.
        given: frames that condition, ``(n_windows, n_inputs * n_mels)``.
        targets: frames that are scored, ``(n_scored, n_mels, n_windows)``.
        gradient: is overwritten, but where the output layer may not see; says nothing of other
            masks. None if it is not wanted.

    Returns:
        The score, infinite or NaN where the weights have left the range of the numbers.
    """
    # What leaves the range of the numbers shows in the score.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        values = [given]
        for weight, bias in zip(layers.weights[:-1], layers.biases[:-1], strict=True):
            values.append(_hidden(values[-1], weight, bias))
        output = _Output(layers, n_seen=n_seen, n_components=n_components, gradient=gradient)
        score = output.score(values[-1], targets)
        if gradient is not None:
            _descend(layers, values, output.by_value, gradient)
        return score


def _descend(layers: Layers, values: Sequence[Floats], by_value: Floats, gradient: Layers) -> None:
    """From the gradient in what enters the output layer down through the others."""
    ones = np.ones(len(by_value), np.float32)
    parameters = zip(layers.weights, gradient.weights, gradient.biases, strict=True)
    hidden = zip(list(parameters)[-2::-1], pairwise(values[::-1]), strict=True)
    for (weight, by_weight, by_bias), (above, below) in hidden:
        by_value *= above > 0
        np.matmul(by_value.T, below, out=by_weight)
        np.matmul(ones, by_value, out=by_bias)
        if below is not values[0]:
            by_value = by_value @ weight


def _hidden(values: Floats, weight: Floats, bias: Floats) -> Floats:
    values = values @ weight.T
    values += bias
    # numpy has no vectorised maximum with a number.
    np.maximum(values, np.zeros_like(values), out=values)
    return values


class _Output:
    """The output layer and the mixtures.

    Attributes:
        by_value: the gradient of the score in what enters the layer, ``(n_windows, n_units)``.
    """

    by_value: Floats

    def __init__(
        self, layers: Layers, *, n_seen: Sequence[int], n_components: int, gradient: Layers | None
    ) -> None:
        self._shape = (n_parameters(n_components), n_components, len(n_seen))
        self._n_seen = n_seen
        self._layers, self._gradient = layers, gradient

    def score(self, values: Floats, targets: Floats) -> float:
        """The mean score; its gradient, where wanted, is then known."""
        n_scored, n_mels, n_windows = targets.shape
        # Biases are the weights of a unit that is always 1.
        units = np.concatenate([np.ones((n_windows, 1), np.float32), values], axis=1)
        self.by_value = np.zeros_like(values)
        at_once = max(1, ROWS // (self._shape[0] * self._shape[1]))
        score = 0.0
        for place, band in product(range(n_scored), range(0, n_mels, at_once)):
            n_seen = self._n_seen[place]
            bands, seen = slice(band, band + at_once), slice(0, 1 + n_seen)
            rows = self._rows(place, bands)
            weight = rows.reshape(-1, rows.shape[-1])
            parameters = weight @ units[:, seen].T
            score += replace_by_gradient(
                parameters.reshape(*rows.shape[:3], n_windows),
                targets[place, bands],
                share=1 / targets.size,
            )
            if self._gradient is not None:
                self.by_value[:, :n_seen] += parameters.T @ weight[:, 1:]
                by_row = (parameters @ units[:, seen]).reshape(rows.shape)
                self._keep(self._gradient, by_row, place, bands)
        return score / targets.size

    def _rows(self, place: int, bands: slice) -> Floats:
        """Biases and weights, ``(n_parameters, n_components, n_bands, 1 + n_seen)``."""
        return np.concatenate(self._of(self._layers, place, bands), axis=-1)

    def _keep(self, gradient: Layers, by_row: Floats, place: int, bands: slice) -> None:
        bias, weight = self._of(gradient, place, bands)
        bias[:], weight[:] = by_row[..., :1], by_row[..., 1:]

    def _of(self, layers: Layers, place: int, bands: slice) -> tuple[Floats, Floats]:
        """Views of biases and weights, whose last axis has 1 and ``n_seen`` values."""
        n_seen = self._n_seen[place]
        weights, biases = layers.weights[-1], layers.biases[-1]
        by_band = (*self._shape, len(biases) // math.prod(self._shape), -1)
        return (
            biases.reshape(by_band)[:, :, place, bands],
            weights.reshape(by_band)[:, :, place, bands, :n_seen],
        )
