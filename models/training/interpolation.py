"""The error of an interpolation network in torch."""

import torch
from torch import Tensor

from asd_monitor.models.training.dense_scoring import DenseScoring


class InterpolationNetwork(DenseScoring):
    """Maps context windows to the mean squared error of their predicted middle frame."""

    def forward(self, windows: Tensor) -> Tensor:
        """Score standardised windows ``(n, n_frames, n_mels)``: ``(n,)``."""
        middle = windows.shape[1] // 2
        others = torch.cat([windows[:, :middle], windows[:, middle + 1 :]], dim=1)
        predicted: Tensor = self.dense(others.flatten(1))
        return (windows[:, middle] - predicted).square().mean(dim=1)
