"""Per-bin standardisation from the sound a detector is fitted on."""

import numpy as np

from asd_monitor.models.bundle import Standardiser
from asd_monitor.models.training.sound import Runs

STD_FLOOR_DB = 0.5
"""A bin that hardly moves, a pure tone's or an empty band's, must not make decibels of what is
inaudible: no bin counts as steadier than this."""


def fit_standardiser(runs: Runs) -> Standardiser:
    """Mean and standard deviation of each bin over all frames, the latter at least `STD_FLOOR_DB`.

    Args:
        runs: log-mel in dB, at least one frame in all.
    """
    n_frames = sum(len(run) for run in runs)
    mean = sum(run.sum(axis=0, dtype=np.float64) for run in runs) / n_frames
    variance = sum(np.square(run - mean).sum(axis=0) for run in runs) / n_frames
    std = np.maximum(np.sqrt(variance), STD_FLOOR_DB)
    return Standardiser(mean=mean.astype(np.float32), std=std.astype(np.float32))


def standardised(runs: Runs, standardiser: Standardiser) -> Runs:
    """The runs in units of the standardiser, float32."""
    return tuple((run - standardiser.mean) / standardiser.std for run in runs)
