"""Fits a Group MADE: network, loop, and the weights that numpy will score with."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.training.loop import FittingLoop
from asd_monitor.models.training.network import GroupMadeNetwork
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound

Arrays = list[NDArray[np.float32]]


def fit_group_made(
    architecture: Architecture,
    sound: TrainingSound,
    settings: TrainingSettings,
    progress: Callable[[EpochDone], None],
) -> tuple[Arrays, Arrays, FitReport]:
    """Fit a network of that architecture.

    Returns:
        Weights ``(n_out, n_in)`` and biases ``(n_out,)`` of every layer, masks folded in, and
        how well it went.

    Raises:
        ConfigurationError: the ordering does not exist, or a layer is too narrow for it.
        AsdMonitorError: the loss became infinite or NaN.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    network = GroupMadeNetwork(architecture, sound.features, generator=generator)
    report = FittingLoop(network, sound, settings, generator=generator).run(progress)
    return *network.folded(), report
