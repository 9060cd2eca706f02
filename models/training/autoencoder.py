"""Fits an autoencoder, and the covariance of its errors."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asd_monitor.models.dense import Dense, Widths
from asd_monitor.models.training.covariance import corr_max_whitening, shrunk_covariance
from asd_monitor.models.training.dense import DenseNetwork
from asd_monitor.models.training.gain import with_random_gain
from asd_monitor.models.training.loop import FittingLoop, WindowSet
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.scoring_network import ScoringNetwork
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound

SAMPLE_WINDOWS = 20_000
"""Windows whose errors give the covariance at most, taken evenly from all sound: 50 MB."""

Floats = NDArray[np.float32]


class AutoencoderNetwork(ScoringNetwork):
    """Maps context windows to the mean squared error of their reconstruction.

    Args:
        dense: maps a window's values to as many.
    """

    def __init__(self, dense: DenseNetwork) -> None:
        super().__init__()
        self.dense = dense

    def forward(self, windows: Tensor) -> Tensor:
        """Score standardised windows ``(n, n_frames, n_mels)``: ``(n,)``."""
        values = windows.flatten(1)
        reconstructed: Tensor = self.dense(values)
        return (values - reconstructed).square().mean(dim=1)


def fit_autoencoder(
    widths: Widths,
    sound: TrainingSound,
    settings: TrainingSettings,
    progress: Callable[[EpochDone], None],
) -> tuple[Dense, FitReport]:
    """Fit layers of those widths to reconstruct windows, by mean squared error.

    Raises:
        AsdMonitorError: the loss became infinite or NaN.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    dense = DenseNetwork(widths, batch_norm=True, generator=generator)
    loop = FittingLoop(AutoencoderNetwork(dense), sound, settings, generator=generator)
    report = loop.run(progress)
    return dense.folded(), report


def fit_error_whitening(
    errors_of: Callable[[Floats], Floats], sound: TrainingSound, settings: TrainingSettings
) -> Floats:
    """What whitens the errors of normal windows at random gains, ``(n_mels, n_mels)``.

    The errors' second moment is taken around zero, for it is from there that they are measured.

    Args:
        errors_of: maps windows to errors, both ``(n_windows, n_frames, n_mels)``.
        sound: to take the windows from.
        settings: range of the gains, and seed.
    """
    windows = WindowSet(sound.fitted, n_frames=sound.features.n_frames).sample(SAMPLE_WINDOWS)
    gained = with_random_gain(
        windows,
        std_db=torch.from_numpy(sound.std_db),
        range_db=settings.gain_range_db,
        generator=torch.Generator().manual_seed(settings.seed),
    )
    errors = errors_of(gained.numpy()).reshape(-1, sound.features.n_mels)
    return corr_max_whitening(shrunk_covariance(errors, centred=False)).astype(np.float32)
