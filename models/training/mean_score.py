"""The mean score of a Group MADE over a batch, and its gradient, in one pass with numpy.

The output layer is computed some mel bands at a time: their density parameters become likelihoods,
these gradients, and these the gradients of weights and units, before they leave the second-level
cache. The products are numpy's, whose OpenBLAS uses what every processor has; those of torch took
twice as long on one that its library does not know.
"""

from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.mixture import n_parameters
from asd_monitor.models.training.mixture_gradient import replace_by_gradient

Floats = NDArray[np.float32]

ROWS = 480
"""Density parameters at a time: of 512 windows a megabyte."""


def mean_score(
    weights: Sequence[Floats],
    biases: Sequence[Floats],
    *,
    n_seen: Sequence[int],
    n_components: int,
    given: Floats,
    targets: Floats,
    gradient: bool,
) -> tuple[float, list[Floats]]:
    """Nats per scored bin, mean over a batch, and its gradient.

    Args:
        weights: ``(n_out, n_in)`` per layer, masks applied to all but the last, whose rows are laid
            out ``(n_parameters, n_components, n_scored, n_mels)``.
        biases: ``(n_out,)`` per layer.
        n_seen: how many units each scored frame sees: so many of the first.
        n_components: of a mixture.
        given: frames that condition, ``(n_windows, n_inputs * n_mels)``.
        targets: frames that are scored, ``(n_scored, n_mels, n_windows)``.
        gradient: whether it is wanted.

    Returns:
        The score, infinite or NaN where the weights have left the range of the numbers, and its
        gradient, if wanted: in the weights, then in the biases. It is 0 for units that a scored
        frame does not see, and says nothing of other masks.
    """
    # What leaves the range of the numbers shows in the score.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        values = [given]
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            values.append(_hidden(values[-1], weight, bias))
        output = _Output(weights[-1], biases[-1], n_seen=n_seen, n_components=n_components)
        score = output.score(values[-1], targets, gradient=gradient)
        return score, _gradient(weights, values, output) if gradient else []


def _gradient(
    weights: Sequence[Floats], values: Sequence[Floats], output: "_Output"
) -> list[Floats]:
    """Down through the layers: in the weights, then in the biases."""
    by_weight, by_bias, by_value = [output.by_weight], [output.by_bias], output.by_value
    for weight, (above, below) in zip(weights[-2::-1], pairwise(values[::-1]), strict=True):
        by_value *= above > 0
        by_weight.append(by_value.T @ below)
        by_bias.append(by_value.sum(axis=0))
        if below is not values[0]:
            by_value = by_value @ weight
    return by_weight[::-1] + by_bias[::-1]


def _hidden(values: Floats, weight: Floats, bias: Floats) -> Floats:
    values = values @ weight.T
    values += bias
    np.maximum(values, 0, out=values)
    return values


class _Output:
    """The output layer and the mixtures.

    Attributes:
        by_weight: the gradient of the score in the layer's weights.
        by_bias: in its biases.
        by_value: in what enters it, ``(n_windows, n_units)``.
    """

    def __init__(
        self, weight: Floats, bias: Floats, *, n_seen: Sequence[int], n_components: int
    ) -> None:
        self._shape = (n_parameters(n_components), n_components, len(n_seen))
        self._n_seen = n_seen
        self._weight, self._bias = weight, bias

    def score(self, values: Floats, targets: Floats, *, gradient: bool) -> float:
        """The mean score; its gradient, where wanted, is then in the attributes."""
        n_scored, n_mels, n_windows = targets.shape
        # Biases are the weights of a unit that is always 1.
        units = np.concatenate([np.ones((n_windows, 1), np.float32), values], axis=1)
        by_unit = np.zeros_like(units)
        self.by_value = by_unit[:, 1:]
        self.by_weight, self.by_bias = np.zeros_like(self._weight), np.empty_like(self._bias)
        at_once = max(1, ROWS // (self._shape[0] * self._shape[1]))
        score = 0.0
        for place, band in product(range(n_scored), range(0, n_mels, at_once)):
            bands, seen = slice(band, band + at_once), slice(0, 1 + self._n_seen[place])
            rows = self._rows(n_mels, place, bands)
            weight = rows.reshape(-1, rows.shape[-1])
            parameters = weight @ units[:, seen].T
            score += replace_by_gradient(
                parameters.reshape(*rows.shape[:3], n_windows),
                targets[place, bands],
                share=1 / targets.size,
            )
            if gradient:
                by_unit[:, seen] += parameters.T @ weight
                self._keep((parameters @ units[:, seen]).reshape(rows.shape), n_mels, place, bands)
        return score / targets.size

    def _rows(self, n_mels: int, place: int, bands: slice) -> Floats:
        """Biases and weights, ``(n_parameters, n_components, n_bands, 1 + n_seen)``."""
        shape, n_seen = (*self._shape, n_mels, -1), self._n_seen[place]
        bias = self._bias.reshape(shape)[:, :, place, bands]
        weight = self._weight.reshape(shape)[:, :, place, bands, :n_seen]
        return np.concatenate([bias, weight], axis=-1)

    def _keep(self, by_row: Floats, n_mels: int, place: int, bands: slice) -> None:
        shape, n_seen = (*self._shape, n_mels, -1), self._n_seen[place]
        self.by_bias.reshape(shape)[:, :, place, bands] = by_row[..., :1]
        self.by_weight.reshape(shape)[:, :, place, bands, :n_seen] = by_row[..., 1:]
