"""The Group MADE network and its mixture density in torch, for training only."""

import math
from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.masks import Mask, ordering
from asd_monitor.models.mixture import LOG_SIGMA_MAX, LOG_SIGMA_MIN, n_parameters
from asd_monitor.models.training.density_layer import DensityLayer
from asd_monitor.models.training.mean_score import Floats, Layers, mean_score
from asd_monitor.models.training.scoring_network import ScoringNetwork


class MaskedLinear(nn.Module):
    """An affine layer whose forbidden connections are zero and stay zero.

    Weights start as in He et al. (ICCV 2015), with the connections that a unit really has as its
    fan-in; biases start at zero.
    """

    mask: Tensor

    def __init__(self, mask: Mask, *, generator: torch.Generator) -> None:
        super().__init__()
        self.register_buffer("mask", torch.from_numpy(mask.astype(np.float32)))
        self._is_dense = bool(mask.all())
        fan_in = self.mask.sum(dim=1, keepdim=True).clamp(min=1)
        weight = torch.randn(mask.shape, generator=generator)
        self.weight = nn.Parameter(weight * self.mask * (2 / fan_in).sqrt())
        self.bias = nn.Parameter(torch.zeros(mask.shape[0]))

    def forward(self, values: Tensor) -> Tensor:
        """Map ``(n, n_in)`` to ``(n, n_out)``."""
        return nn.functional.linear(values, self.folded(), self.bias)

    def folded(self) -> Tensor:
        """The weights ``(n_out, n_in)`` with the mask applied."""
        return self.weight if self._is_dense else self.weight * self.mask

    def mask_gradient(self) -> None:
        """Forbidden connections stay as they are."""
        if not self._is_dense and self.weight.grad is not None:
            self.weight.grad *= self.mask


class GroupMadeNetwork(ScoringNetwork):
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
        chosen = ordering(architecture.ordering, n_frames=features.n_frames)
        self._inputs, self._scored = list(chosen.inputs), list(chosen.scored)
        components = architecture.components
        *masks, last = architecture.masks(n_frames=features.n_frames, n_mels=features.n_mels)
        hidden = [(MaskedLinear(mask, generator=generator), nn.ReLU()) for mask in masks]
        self.hidden = nn.Sequential(*chain.from_iterable(hidden))
        self.output = DensityLayer(
            last,
            rows=(n_parameters(components), components, len(self._scored), features.n_mels),
            generator=generator,
        )
        self._affine = [layer for layer in self.hidden if isinstance(layer, MaskedLinear)]

    def forward(self, windows: Tensor) -> Tensor:
        """Score standardised windows ``(n, n_frames, n_mels)``: nats per scored bin ``(n,)``."""
        return self.nll(windows).mean(dim=1)

    def mean_score(self, windows: Tensor) -> float:
        """The mean of the scores; with numpy, but on a graphics processor."""
        if windows.is_cuda:
            return super().mean_score(windows)
        return self._with_numpy(windows, gradient=None)

    def differentiate(self, windows: Tensor) -> float:
        """The mean of the scores and its gradient, in the same way."""
        if windows.is_cuda:
            return super().differentiate(windows)
        gradient = Layers(
            weights=[_gradient(layer.weight) for layer in self._affine],
            biases=[_gradient(layer.bias) for layer in self._affine],
            frame_weights=[_gradient(frame) for frame in self.output.frame_weights],
        )
        score = self._with_numpy(windows, gradient=gradient)
        for layer in self._affine:
            layer.mask_gradient()
        return score

    def nll(self, windows: Tensor) -> Tensor:
        """Nats of every value of the scored frames ``(n, n_scored * n_mels)``."""
        targets = windows[:, self._scored].flatten(1)
        return mixture_nll(self.densities(windows), targets)

    def densities(self, windows: Tensor) -> Tensor:
        """Mixture parameters ``(n, n_parameters, n_components, n_scored * n_mels)``."""
        given = windows[:, self._inputs].flatten(1)
        densities: Tensor = self.output(self.hidden(given))
        return densities

    def folded(self) -> tuple[list[Floats], list[Floats]]:
        """Weights and biases of every layer, masks applied, as numpy arrays of their own."""
        weight, bias = self.output.folded()
        return (
            [*(layer.folded().detach().numpy().copy() for layer in self._affine), weight],
            [*(layer.bias.detach().numpy().copy() for layer in self._affine), bias],
        )

    @torch.no_grad()
    def _with_numpy(self, windows: Tensor, *, gradient: Layers | None) -> float:
        layers = Layers(
            weights=[layer.folded().numpy() for layer in self._affine],
            biases=[layer.bias.numpy() for layer in self._affine],
            frame_weights=[frame.numpy() for frame in self.output.frame_weights],
        )
        frames = windows.numpy()
        given = np.take(frames, self._inputs, axis=1).reshape(len(frames), -1)
        targets = np.ascontiguousarray(frames[:, self._scored].transpose(1, 2, 0))
        return mean_score(layers, given=given, targets=targets, gradient=gradient)


def _gradient(parameter: Tensor) -> Floats:
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad.numpy()


def mixture_nll(parameters: Tensor, targets: Tensor) -> Tensor:
    """The torch twin of `asd_monitor.models.mixture.negative_log_likelihood`."""
    mean, log_sigma, *logits = parameters.unbind(1)
    log_sigma = log_sigma.clamp(LOG_SIGMA_MIN, LOG_SIGMA_MAX)
    deviation = (targets.unsqueeze(1) - mean) * torch.exp(-log_sigma)
    log_density = -0.5 * deviation.square() - log_sigma - 0.5 * math.log(2 * math.pi)
    if not logits:
        return -log_density[:, 0]
    return torch.logsumexp(logits[0], dim=1) - torch.logsumexp(logits[0] + log_density, dim=1)
