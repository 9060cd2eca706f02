"""Standardised sound to fit detectors to, made of random numbers."""

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.sound import Runs, TrainingSound

SMALL = FeatureConfig(n_mels=8)


def ignore(_progress: object) -> None:
    """A listener that does not care."""


def white_frames(
    n_frames: int, *, seed: int = 0, features: FeatureConfig = SMALL
) -> NDArray[np.float32]:
    """Independent standard Gaussian frames: nothing to learn but mean and variance."""
    return np.random.default_rng(seed).standard_normal(
        (n_frames, features.n_mels), dtype=np.float32
    )


def steady_frames(
    n_frames: int, *, seed: int = 0, features: FeatureConfig = SMALL
) -> NDArray[np.float32]:
    """Frames that hardly differ from their neighbours, of unit variance over time."""
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 2 * np.pi) + np.arange(features.n_mels)
    time = np.arange(n_frames)[:, None] * 0.05 + phase
    noise = 0.05 * rng.standard_normal((n_frames, features.n_mels))
    frames: NDArray[np.float64] = np.sqrt(2) * np.sin(time) + noise
    return frames.astype(np.float32)


def training_sound(
    fitted: NDArray[np.float32], stopping: NDArray[np.float32], *, features: FeatureConfig = SMALL
) -> TrainingSound:
    """One run to fit and one to stop on, of bins that are 4 dB wide."""
    std_db = np.full(features.n_mels, 4, np.float32)
    return TrainingSound(
        features=features, fitted=Runs.of(fitted), stopping=Runs.of(stopping), std_db=std_db
    )


class Epochs:
    """Keeps what a fit reports."""

    def __init__(self) -> None:
        self.done: list[EpochDone] = []

    def __call__(self, epoch: EpochDone) -> None:
        """Take one report."""
        self.done.append(epoch)
