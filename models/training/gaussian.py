"""Fits a Gaussian over context windows."""

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.training.covariance import corr_max_whitening, shrunk_covariance
from asd_monitor.models.training.gain import gain_covariance
from asd_monitor.models.training.loop import WindowSet
from asd_monitor.models.training.sound import TrainingSound

SAMPLE_WINDOWS = 20_000
"""Windows that a covariance is fitted on at most, taken evenly from all sound: eleven minutes of
overlapping windows, or an hour of windows side by side, and 300 MB."""

Floats = NDArray[np.float32]


def fit_gaussian(sound: TrainingSound, *, gain_range_db: float) -> tuple[Floats, Floats]:
    """Mean and whitening of the fitted windows, random gains included.

    The gains need not be drawn: what they add to the covariance is known.

    Returns:
        mean ``(n_frames * n_mels,)`` and whitening ``(n_frames * n_mels, n_frames * n_mels)``.

    Raises:
        InsufficientSoundError: no run is as long as a window.
    """
    n_frames = sound.features.n_frames
    windows = WindowSet(sound.fitted, n_frames=n_frames).sample(SAMPLE_WINDOWS)
    values = windows.flatten(1).numpy()
    covariance = shrunk_covariance(values) + gain_covariance(
        std_db=sound.std_db, n_frames=n_frames, range_db=gain_range_db
    )
    mean = values.mean(axis=0, dtype=np.float64)
    return mean.astype(np.float32), corr_max_whitening(covariance).astype(np.float32)
