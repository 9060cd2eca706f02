"""Fully connected layers with ReLU between them in torch, for training only."""

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn

from asd_monitor.models.dense import Dense, Floats, Widths

BATCH_NORM_EPSILON = 1e-3
"""Of the DCASE baselines. Their momentum of 0.01 is not used: minutes of sound make few batches an
epoch, and statistics that lag a hundred batches behind would spoil the choice of the epoch."""


class DenseNetwork(nn.Module):
    """Affine layers, each but the last followed by batch normalisation, where wanted, and ReLU.

    Weights start as in Glorot and Bengio (AISTATS 2010), as those of the DCASE 2020 baseline do;
    biases start at zero.

    Args:
        widths: of all layers, input and output included.
        batch_norm: normalise what enters each ReLU over the batch (Ioffe and Szegedy, 2015).
        generator: of the first weights.
    """

    def __init__(self, widths: Widths, *, batch_norm: bool, generator: torch.Generator) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_affine(a, b, generator) for a, b in pairwise(widths))
        self.norms = nn.ModuleList(
            nn.BatchNorm1d(width, eps=BATCH_NORM_EPSILON) if batch_norm else nn.Identity()
            for width in widths[1:-1]
        )

    def forward(self, values: Tensor) -> Tensor:
        """Map ``(n, n_in)`` to ``(n, n_out)``."""
        *hidden, last = self.layers
        for layer, norm in zip(hidden, self.norms, strict=True):
            values = norm(layer(values)).relu()
        mapped: Tensor = last(values)
        return mapped

    @torch.no_grad()
    def folded(self) -> Dense:
        """The same map in numpy, batch normalisation folded into the layer before it."""
        weights, biases = zip(*self._affine_maps(), strict=True)
        return Dense(weights=weights, biases=biases)

    def _affine_maps(self) -> Iterator[tuple[Floats, Floats]]:
        for layer, norm in zip(self.layers, [*self.norms, nn.Identity()], strict=True):
            if not isinstance(layer, nn.Linear):
                raise TypeError(f"{layer} is not affine")
            scale, shift = _scale_and_shift(norm, layer.out_features)
            weight = scale[:, None] * layer.weight.double()
            bias = scale * layer.bias.double() + shift
            yield weight.float().numpy(), bias.float().numpy()


def _affine(n_in: int, n_out: int, generator: torch.Generator) -> nn.Linear:
    # Made without values at first: drawing them would use torch's global generator.
    layer: nn.Linear = nn.Linear(n_in, n_out, device="meta").to_empty(device="cpu")
    nn.init.xavier_uniform_(layer.weight, generator=generator)
    nn.init.zeros_(layer.bias)
    return layer


def _scale_and_shift(norm: nn.Module, n_out: int) -> tuple[Tensor, Tensor]:
    """What a normalisation does to each unit once its statistics stand, float64 ``(n_out,)``."""
    if not isinstance(norm, nn.BatchNorm1d):
        return torch.ones(n_out).double(), torch.zeros(n_out).double()
    if norm.running_mean is None or norm.running_var is None:
        raise TypeError("the normalisation keeps no statistics")
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    shift = norm.bias.double() - scale * norm.running_mean.double()
    return scale, shift
