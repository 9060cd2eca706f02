"""The Group MADE network and its mixture density in torch, for training only."""

import math
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.masks import Mask, ordering
from asd_monitor.models.mixture import LOG_SIGMA_MAX, LOG_SIGMA_MIN, n_parameters

MEAN_SPREAD = 1.5
"""Component means start evenly between plus and minus this, in standardised units."""

OUTPUT_GAIN = 0.1
"""Output weights start this much smaller than hidden ones, so that all densities start alike."""


class MaskedLinear(nn.Module):
    """An affine layer whose forbidden connections are zero and stay zero.

    Weights start as in He et al. (ICCV 2015), with the connections that a unit really has as its
    fan-in; biases start at zero.
    """

    mask: Tensor

    def __init__(self, mask: Mask, *, generator: torch.Generator, gain: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("mask", torch.from_numpy(mask.astype(np.float32)))
        fan_in = self.mask.sum(dim=1, keepdim=True).clamp(min=1)
        weight = torch.randn(mask.shape, generator=generator)
        self.weight = nn.Parameter(weight * self.mask * gain * (2 / fan_in).sqrt())
        self.bias = nn.Parameter(torch.zeros(mask.shape[0]))

    def forward(self, values: Tensor) -> Tensor:
        """Map ``(n, n_in)`` to ``(n, n_out)``."""
        return nn.functional.linear(values, self.folded(), self.bias)

    def folded(self) -> Tensor:
        """The weights ``(n_out, n_in)`` with the mask applied."""
        return self.weight * self.mask


class GroupMadeNetwork(nn.Module):
    """Maps context windows to their scores; see `asd_monitor.models.detectors.group_made`.

    Args:
        architecture: the hyper-parameters.
        features: gives the frames of a window and the bins of a frame.
        generator: of the first weights.
    """

    def __init__(
        self, architecture: Architecture, features: FeatureConfig, *, generator: torch.Generator
    ) -> None:
        super().__init__()
        self._ordering = ordering(architecture.ordering, n_frames=features.n_frames)
        self._components = architecture.components
        *masks, last = architecture.masks(n_frames=features.n_frames, n_mels=features.n_mels)
        hidden = [(MaskedLinear(mask, generator=generator), nn.ReLU()) for mask in masks]
        self.hidden = nn.Sequential(*chain.from_iterable(hidden))
        self.output = MaskedLinear(last, generator=generator, gain=OUTPUT_GAIN)
        self._spread_means()

    def forward(self, windows: Tensor) -> Tensor:
        """Score standardised windows ``(n, n_frames, n_mels)``: nats per scored bin ``(n,)``."""
        return self.nll(windows).mean(dim=1)

    def nll(self, windows: Tensor) -> Tensor:
        """Nats of every value of the scored frames ``(n, n_scored * n_mels)``."""
        targets = windows[:, list(self._ordering.scored)].flatten(1)
        return mixture_nll(self.densities(windows), targets)

    def densities(self, windows: Tensor) -> Tensor:
        """Mixture parameters ``(n, n_parameters, n_components, n_scored * n_mels)``."""
        given = windows[:, list(self._ordering.inputs)].flatten(1)
        return self._shaped(self.output(self.hidden(given)))

    def folded(self) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]:
        """Weights and biases of every layer, masks applied, as numpy arrays of their own."""
        layers = [layer for layer in self.modules() if isinstance(layer, MaskedLinear)]
        return (
            [layer.folded().detach().numpy().copy() for layer in layers],
            [layer.bias.detach().numpy().copy() for layer in layers],
        )

    def _shaped(self, outputs: Tensor) -> Tensor:
        components = self._components
        return outputs.reshape(*outputs.shape[:-1], n_parameters(components), components, -1)

    def _spread_means(self) -> None:
        if self._components > 1:
            means = torch.linspace(-MEAN_SPREAD, MEAN_SPREAD, self._components)
            with torch.no_grad():
                self._shaped(self.output.bias)[0] += means[:, None]


def mixture_nll(parameters: Tensor, targets: Tensor) -> Tensor:
    """The torch twin of `asd_monitor.models.mixture.negative_log_likelihood`."""
    mean, log_sigma, *logits = parameters.unbind(1)
    log_sigma = log_sigma.clamp(LOG_SIGMA_MIN, LOG_SIGMA_MAX)
    deviation = (targets.unsqueeze(1) - mean) * torch.exp(-log_sigma)
    log_density = -0.5 * deviation.square() - log_sigma - 0.5 * math.log(2 * math.pi)
    if not logits:
        return -log_density[:, 0]
    return torch.logsumexp(logits[0], dim=1) - torch.logsumexp(logits[0] + log_density, dim=1)
