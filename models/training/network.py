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
from asd_monitor.models.training.mean_score import Floats, Layers, mean_score
from asd_monitor.models.training.scoring_network import ScoringNetwork

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
        self._is_dense = bool(mask.all())
        fan_in = self.mask.sum(dim=1, keepdim=True).clamp(min=1)
        weight = torch.randn(mask.shape, generator=generator)
        self.weight = nn.Parameter(weight * self.mask * gain * (2 / fan_in).sqrt())
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
        self._components = architecture.components
        *masks, last = architecture.masks(n_frames=features.n_frames, n_mels=features.n_mels)
        hidden = [(MaskedLinear(mask, generator=generator), nn.ReLU()) for mask in masks]
        self.hidden = nn.Sequential(*chain.from_iterable(hidden))
        self.output = MaskedLinear(last, generator=generator, gain=OUTPUT_GAIN)
        self._layers = [module for module in self.modules() if isinstance(module, MaskedLinear)]
        self._n_seen = n_seen(last, n_scored=len(self._scored), n_mels=features.n_mels)
        self._spread_means()

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
        weights = [_gradient(layer.weight) for layer in self._layers]
        biases = [_gradient(layer.bias) for layer in self._layers]
        score = self._with_numpy(windows, gradient=Layers(weights, biases))
        for layer in self._layers[:-1]:
            layer.mask_gradient()
        return score

    def nll(self, windows: Tensor) -> Tensor:
        """Nats of every value of the scored frames ``(n, n_scored * n_mels)``."""
        targets = windows[:, self._scored].flatten(1)
        return mixture_nll(self.densities(windows), targets)

    def densities(self, windows: Tensor) -> Tensor:
        """Mixture parameters ``(n, n_parameters, n_components, n_scored * n_mels)``."""
        given = windows[:, self._inputs].flatten(1)
        return self._shaped(self.output(self.hidden(given)))

    def folded(self) -> tuple[list[Floats], list[Floats]]:
        """Weights and biases of every layer, masks applied, as numpy arrays of their own."""
        return (
            [layer.folded().detach().numpy().copy() for layer in self._layers],
            [layer.bias.detach().numpy().copy() for layer in self._layers],
        )

    @torch.no_grad()
    def _with_numpy(self, windows: Tensor, *, gradient: Layers | None) -> float:
        # The output layer's mask is `n_seen`.
        weights = [*(layer.folded() for layer in self._layers[:-1]), self.output.weight]
        biases = [layer.bias for layer in self._layers]
        frames = windows.numpy()
        return mean_score(
            Layers([weight.numpy() for weight in weights], [bias.numpy() for bias in biases]),
            n_seen=self._n_seen,
            n_components=self._components,
            given=frames[:, self._inputs].reshape(len(frames), -1),
            targets=np.ascontiguousarray(frames[:, self._scored].transpose(1, 2, 0)),
            gradient=gradient,
        )

    def _shaped(self, outputs: Tensor) -> Tensor:
        components = self._components
        return outputs.reshape(*outputs.shape[:-1], n_parameters(components), components, -1)

    def _spread_means(self) -> None:
        if self._components > 1:
            means = torch.linspace(-MEAN_SPREAD, MEAN_SPREAD, self._components)
            with torch.no_grad():
                self._shaped(self.output.bias)[0] += means[:, None]


def _gradient(parameter: Tensor) -> Floats:
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad.numpy()


def n_seen(mask: Mask, *, n_scored: int, n_mels: int) -> list[int]:
    """How many units each scored frame sees, given the last layer's mask: so many of the first."""
    by_frame = np.any(mask.reshape(-1, n_scored, n_mels, mask.shape[1]), axis=(0, 2))
    return [int(n) for n in np.sum(by_frame, axis=1)]


def mixture_nll(parameters: Tensor, targets: Tensor) -> Tensor:
    """The torch twin of `asd_monitor.models.mixture.negative_log_likelihood`."""
    mean, log_sigma, *logits = parameters.unbind(1)
    log_sigma = log_sigma.clamp(LOG_SIGMA_MIN, LOG_SIGMA_MAX)
    deviation = (targets.unsqueeze(1) - mean) * torch.exp(-log_sigma)
    log_density = -0.5 * deviation.square() - log_sigma - 0.5 * math.log(2 * math.pi)
    if not logits:
        return -log_density[:, 0]
    return torch.logsumexp(logits[0], dim=1) - torch.logsumexp(logits[0] + log_density, dim=1)
