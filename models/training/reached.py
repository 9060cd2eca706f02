"""What a detector reached on the sound it was fitted to."""

import math

import numpy as np
import torch

from asd_monitor.models.detector import Detector
from asd_monitor.models.training.loop import WindowSet
from asd_monitor.models.training.sound import FitReport, Runs, TrainingSound

BATCH_WINDOWS = 4096


def reached(detector: Detector, sound: TrainingSound, *, epochs: int) -> FitReport:
    """Mean scores of the windows that were fitted and of those that chose the epoch."""
    n_frames = sound.features.n_frames
    return FitReport(
        epochs=epochs,
        nll_fitted=_mean_score(detector, sound.fitted, n_frames),
        nll_held_out=_mean_score(detector, sound.stopping, n_frames),
    )


def _mean_score(detector: Detector, runs: Runs, n_frames: int) -> float:
    windows = WindowSet(runs, n_frames=n_frames)
    n_batches = math.ceil(len(windows) / BATCH_WINDOWS)
    batches = torch.arange(len(windows)).tensor_split(n_batches)
    scores = [detector.score_windows(windows.windows(batch).numpy())[0] for batch in batches]
    return float(np.concatenate(scores).mean())
