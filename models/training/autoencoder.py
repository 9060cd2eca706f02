"""The error of an autoencoder in torch, and the covariance of its errors."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asd_monitor.models.training.covariance import corr_max_whitening, shrunk_covariance
from asd_monitor.models.training.dense_scoring import DenseScoring
from asd_monitor.models.training.gain import with_random_gain
from asd_monitor.models.training.loop import WindowSet
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import TrainingSound

SAMPLE_WINDOWS = 20_000
"""Windows whose errors give the covariance at most, taken evenly from all sound: 50 MB."""

Floats = NDArray[np.float32]


class AutoencoderNetwork(DenseScoring):
    """Maps context windows to the mean squared error of their reconstruction."""

    def forward(self, windows: Tensor) -> Tensor:
        """Score standardised windows ``(n, n_frames, n_mels)``: ``(n,)``."""
        values = windows.flatten(1)
        reconstructed: Tensor = self.dense(values)
        return (values - reconstructed).square().mean(dim=1)


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
