"""Networks of dense layers that score a window by the error of what they make of it."""

from collections.abc import Callable

import torch

from asd_monitor.models.dense import Dense, Widths
from asd_monitor.models.training.dense import DenseNetwork
from asd_monitor.models.training.loop import FittingLoop
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.scoring_network import ScoringNetwork
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound


class DenseScoring(ScoringNetwork):
    """Maps context windows to a mean squared error; says which in `forward`.

    Args:
        dense: maps values of a window to values of it.
    """

    def __init__(self, dense: DenseNetwork) -> None:
        super().__init__()
        self.dense = dense


def fit_dense(
    scoring: type[DenseScoring],
    widths: Widths,
    sound: TrainingSound,
    settings: TrainingSettings,
    progress: Callable[[EpochDone], None],
    *,
    batch_norm: bool,
) -> tuple[Dense, FitReport]:
    """Fit layers of those widths until the error is small.

    Args:
        scoring: the error.
        widths: of all layers, input and output included.
        sound: to fit and to stop on.
        settings: epochs, patience, gain range, seed.
        progress: called after each pass over the sound.
        batch_norm: normalise what enters each ReLU over the batch.

    Raises:
        AsdMonitorError: the loss became infinite or NaN.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    dense = DenseNetwork(widths, batch_norm=batch_norm, generator=generator)
    report = FittingLoop(scoring(dense), sound, settings, generator=generator).run(progress)
    return dense.folded(), report
