"""Fully connected layers with ReLU between them, computed with numpy."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.errors import ConfigurationError

Floats = NDArray[np.float32]
Widths = tuple[int, ...]


class Dense:
    """Affine layers, ReLU after each but the last.

    Args:
        weights: float32 ``(n_out, n_in)`` per layer.
        biases: float32 ``(n_out,)`` per layer.
    """

    def __init__(self, *, weights: Sequence[Floats], biases: Sequence[Floats]) -> None:
        self._layers = tuple(zip(weights, biases, strict=True))

    def __call__(self, values: Floats) -> Floats:
        """Map ``(n, n_in)`` to ``(n, n_out)``; leaves its argument alone."""
        *hidden, (last_weight, last_bias) = self._layers
        for weight, bias in hidden:
            values = values @ weight.T
            values += bias
            np.maximum(values, 0, out=values)
        values = values @ last_weight.T
        values += last_bias
        return values

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Weights and biases by name."""
        weights = {f"weight.{i}": weight for i, (weight, _) in enumerate(self._layers)}
        return weights | {f"bias.{i}": bias for i, (_, bias) in enumerate(self._layers)}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]], *, n_layers: int) -> Self:
        """The layers whose `tensors` these are; other names are passed over."""
        return cls(
            weights=[tensors[f"weight.{i}"] for i in range(n_layers)],
            biases=[tensors[f"bias.{i}"] for i in range(n_layers)],
        )


def dense_shapes(widths: Widths) -> dict[str, tuple[int, ...]]:
    """Shapes of the tensors of layers of these widths, input and output included."""
    sizes = list(enumerate(pairwise(widths)))
    weights: dict[str, tuple[int, ...]] = {f"weight.{i}": (b, a) for i, (a, b) in sizes}
    return weights | {f"bias.{i}": (b,) for i, (_, b) in sizes}


def require_widths(hidden: Widths) -> None:
    """Require hidden layers that can exist.

    Raises:
        ConfigurationError: there is none, or one has no unit.
    """
    if not hidden or any(width < 1 for width in hidden):
        raise ConfigurationError(
            f"there must be a hidden layer, and each needs 1 unit or more: {hidden}"
        )
