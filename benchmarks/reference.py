"""The textbook implementation, for comparison only: what one writes from the paper.

Masks are multiplied in at every call, outputs are shaped ``(n_windows, n_values, 3, n_components)``
and the log-sum-exp runs over the last axis; librosa is called for every hop of a stream.
"""

import math
from collections.abc import Iterator, Sequence

import librosa
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.masks import ordering
from asd_monitor.models.mixture import LOG_SIGMA_MAX, LOG_SIGMA_MIN
from asd_monitor.models.training.loop import GRADIENT_NORM_MAX, LEARNING_RATE


class TextbookGroupMade(nn.Module):
    """A Group MADE with mixtures, as one writes it down.

    Args:
        architecture: with several components.
        features: frames of a window, bins of a frame.
        weights: ``(n_out, n_in)`` per layer, laid out as in the product.
        biases: ``(n_out,)`` per layer.
    """

    def __init__(
        self,
        architecture: Architecture,
        features: FeatureConfig,
        *,
        weights: Sequence[NDArray[np.float32]],
        biases: Sequence[NDArray[np.float32]],
    ) -> None:
        super().__init__()
        self._ordering = ordering(architecture.ordering, n_frames=features.n_frames)
        self._components = architecture.components
        masks = architecture.masks(n_frames=features.n_frames, n_mels=features.n_mels)
        self._masks = [torch.from_numpy(mask.astype(np.float32)) for mask in masks]
        self._weights = nn.ParameterList(torch.from_numpy(weight.copy()) for weight in weights)
        self._biases = nn.ParameterList(torch.from_numpy(bias.copy()) for bias in biases)
        self._masks[-1] = self._by_value(self._masks[-1])
        self._weights[-1] = nn.Parameter(self._by_value(self._weights[-1].detach()))
        self._biases[-1] = nn.Parameter(self._by_value(self._biases[-1].detach()))

    def forward(self, windows: Tensor) -> Tensor:
        """Nats per scored bin ``(n,)`` of windows ``(n, n_frames, n_mels)``."""
        values = windows[:, list(self._ordering.inputs)].flatten(1)
        layers = list(zip(self._weights, self._masks, self._biases, strict=True))
        for weight, mask, bias in layers[:-1]:
            values = torch.relu(nn.functional.linear(values, weight * mask, bias))
        weight, mask, bias = layers[-1]
        outputs = nn.functional.linear(values, weight * mask, bias)
        targets = windows[:, list(self._ordering.scored)].flatten(1)
        mean, log_sigma, logit = outputs.reshape(*targets.shape, 3, self._components).unbind(2)
        log_sigma = log_sigma.clamp(LOG_SIGMA_MIN, LOG_SIGMA_MAX)
        deviation = (targets.unsqueeze(-1) - mean) / log_sigma.exp()
        log_density = -0.5 * deviation**2 - log_sigma - 0.5 * math.log(2 * math.pi)
        log_weight = logit - torch.logsumexp(logit, dim=-1, keepdim=True)
        return -torch.logsumexp(log_weight + log_density, dim=-1).mean(dim=1)

    def _by_value(self, rows: Tensor) -> Tensor:
        """The last layer's rows with the parameters of a value side by side."""
        return (
            rows.reshape(3, self._components, -1, *rows.shape[1:])
            .movedim(2, 0)
            .reshape(rows.shape)
            .contiguous()
        )


def textbook_epochs(
    network: nn.Module, fitted: Tensor, held_out: Tensor, *, batch_windows: int
) -> Iterator[float]:
    """Train as one writes it down: windows stacked beforehand, torch's loader, torch's Adam.

    Args:
        network: maps windows to their scores.
        fitted: windows ``(n, n_frames, n_mels)``.
        held_out: windows to be scored after each pass.
        batch_windows: windows of a step.

    Yields:
        The mean loss of each pass over the windows, endlessly.
    """
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    loader = DataLoader(TensorDataset(fitted), batch_size=batch_windows, shuffle=True)
    others = DataLoader(TensorDataset(held_out), batch_size=batch_windows)
    while True:
        losses = []
        for (windows,) in loader:
            optimiser.zero_grad()
            loss = network(windows).mean()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM_MAX)
            optimiser.step()
            losses.append(loss.item())
        with torch.no_grad():
            for (windows,) in others:
                network(windows)
        yield sum(losses) / len(losses)


def clip_log_mel(samples: NDArray[np.float32], features: FeatureConfig) -> NDArray[np.float32]:
    """Log-mel frames of a whole clip by librosa, dB, ``(n_frames, n_mels)``."""
    power = librosa.feature.melspectrogram(
        y=samples,
        sr=features.sample_rate_hz,
        n_fft=features.n_fft,
        hop_length=features.hop_length,
        n_mels=features.n_mels,
        center=False,
    )
    log_mel: NDArray[np.float32] = 10 * np.log10(power + features.epsilon)
    return log_mel.T


def hop_log_mel(samples: NDArray[np.float32], features: FeatureConfig) -> NDArray[np.float32]:
    """The same, librosa called for each frame, as samples come in."""
    starts = range(0, len(samples) - features.n_fft + 1, features.hop_length)
    frames = [clip_log_mel(samples[i : i + features.n_fft], features) for i in starts]
    return np.concatenate(frames)
