"""Fits an interpolation network."""

from collections.abc import Callable

import torch
from torch import Tensor

from asd_monitor.models.dense import Dense, Widths
from asd_monitor.models.training.dense import DenseNetwork
from asd_monitor.models.training.loop import FittingLoop
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.scoring_network import ScoringNetwork
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound


class InterpolationNetwork(ScoringNetwork):
    """Maps context windows to the mean squared error of their predicted middle frame.

    Args:
        dense: maps the values of the other frames to those of the middle one.
    """

    def __init__(self, dense: DenseNetwork) -> None:
        super().__init__()
        self.dense = dense

    def forward(self, windows: Tensor) -> Tensor:
        """Score standardised windows ``(n, n_frames, n_mels)``: ``(n,)``."""
        middle = windows.shape[1] // 2
        others = torch.cat([windows[:, :middle], windows[:, middle + 1 :]], dim=1)
        predicted: Tensor = self.dense(others.flatten(1))
        return (windows[:, middle] - predicted).square().mean(dim=1)


def fit_interpolation(
    widths: Widths,
    sound: TrainingSound,
    settings: TrainingSettings,
    progress: Callable[[EpochDone], None],
) -> tuple[Dense, FitReport]:
    """Fit layers of those widths to predict the middle frame, by mean squared error.

    Raises:
        AsdMonitorError: the loss became infinite or NaN.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    dense = DenseNetwork(widths, batch_norm=False, generator=generator)
    loop = FittingLoop(InterpolationNetwork(dense), sound, settings, generator=generator)
    report = loop.run(progress)
    return dense.folded(), report
