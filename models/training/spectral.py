"""Fits a Gaussian over whole clips."""

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import OAS

from asd_monitor.models.detectors.spectral import describe
from asd_monitor.models.errors import InsufficientSoundError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.training.covariance import corr_max_whitening
from asd_monitor.models.training.sound import Runs, TrainingSound

CLIP_S = 10.0
CLIP_S_MIN = 1.0
DEVIATION_FLOOR = 0.02
"""No value of the description counts as steadier than this, standardised units."""

Floats = NDArray[np.float32]


def clips(runs: Runs, features: FeatureConfig) -> list[Floats]:
    """Cut runs into clips that overlap by half; a shorter run is one clip if it has a second.

    Raises:
        InsufficientSoundError: no run has a second.
    """
    length, shortest = (
        int(seconds * features.sample_rate_hz) // features.hop_length
        for seconds in (CLIP_S, CLIP_S_MIN)
    )
    cut = [
        run[start : start + length]
        for run in runs
        if len(run) >= shortest
        for start in range(0, max(1, len(run) - length + 1), max(1, length // 2))
    ]
    if not cut:
        raise InsufficientSoundError(
            f"no stretch of sound is as long as {CLIP_S_MIN:g} s; record longer stretches"
        )
    return cut


def fit_spectral(sound: TrainingSound, *, gain_range_db: float) -> tuple[Floats, Floats]:
    """Mean and whitening of the clips' descriptions, random gains included.

    The covariance is shrunk by the oracle approximating estimator (Chen, Wiesel, Eldar and Hero,
    IEEE Transactions on Signal Processing 58, 2010) on values of unit variance. A gain moves the
    floors of all bands together and no flutter, so that what it adds to the covariance is known.

    Returns:
        mean ``(2 * n_mels,)`` and whitening ``(2 * n_mels, 2 * n_mels)``.
    """
    described = np.array([describe(clip) for clip in clips(sound.fitted, sound.features)])
    mean = described.mean(axis=0)
    deviation = np.maximum(described.std(axis=0), DEVIATION_FLOOR)
    correlation = OAS(assume_centered=True).fit((described - mean) / deviation).covariance_
    moved = np.concatenate([1 / sound.std_db.astype(np.float64), np.zeros(len(sound.std_db))])
    gains = gain_range_db**2 / 3 * np.outer(moved / deviation, moved / deviation)
    whitening = corr_max_whitening(correlation + gains) / deviation
    return mean.astype(np.float32), whitening.astype(np.float32)
