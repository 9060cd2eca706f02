"""Sound as detectors are fitted to it, and what fitting reports."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.features import FeatureConfig

Runs = tuple[NDArray[np.float32], ...]
"""Unbroken runs of frames, each ``(n_frames_of_run, n_mels)``; no window spans two runs."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrainingSound:
    """Standardised log-mel of normal sound.

    Attributes:
        features: how it was made.
        fitted: runs that weights are fitted on.
        stopping: runs that choose the epoch.
        std_db: what one standardised unit is in each bin, dB, float32 ``(n_mels,)``.
    """

    features: FeatureConfig
    fitted: Runs
    stopping: Runs
    std_db: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitReport:
    """How well a detector was fitted.

    Attributes:
        epochs: passes over the fitted sound until the weights that were kept.
        nll_fitted: mean score on the fitted sound.
        nll_held_out: mean score on the sound that chose the epoch.
    """

    epochs: int
    nll_fitted: float
    nll_held_out: float
