"""Fits a Gaussian over whole clips: factors that bands have in common, and what each does alone."""

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import FactorAnalysis

from asd_monitor.models.detectors.spectral import describe
from asd_monitor.models.errors import InsufficientSoundError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.training.covariance import Matrix, corr_max_whitening
from asd_monitor.models.training.sound import Runs, TrainingSound

CLIP_S = 10.0
CLIP_S_MIN = 1.0
DEVIATION_FLOOR = 0.02
"""No value of the description counts as steadier than this, standardised units."""

FACTORS_MAX = 20
CLIPS_PER_FACTOR = 8
OWN_VARIANCE_FLOOR = 0.003
"""Share of a value's variance that is its own at least, however well the factors tell the rest."""

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

    A gain moves the floors of all bands together and no flutter, so that what it adds to the
    covariance is known.

    Returns:
        mean ``(2 * n_mels,)`` and whitening ``(2 * n_mels, 2 * n_mels)``.
    """
    described = np.array([describe(clip) for clip in clips(sound.fitted, sound.features)])
    mean = described.mean(axis=0)
    deviation = np.maximum(described.std(axis=0), DEVIATION_FLOOR)
    moved = np.concatenate([1 / sound.std_db.astype(np.float64), np.zeros(len(sound.std_db))])
    gains = gain_range_db**2 / 3 * np.outer(moved / deviation, moved / deviation)
    whitening = corr_max_whitening(correlation((described - mean) / deviation) + gains) / deviation
    return mean.astype(np.float32), whitening.astype(np.float32)


def correlation(described: Matrix) -> Matrix:
    """Of values that few common factors move, each with a variance of its own beside them.

    Maximum likelihood factor analysis (Rubin and Thayer, "EM algorithms for ML factor analysis",
    Psychometrika 47, 1982). In a distance the axes of least variance count most, and of a whole
    covariance those are what few clips tell least about; here a value is never steadier than what
    it does alone.

    Args:
        described: values of mean 0 and variance 1, or less where they hardly vary,
            ``(n_clips, n_values)``.

    Returns:
        ``(n_values, n_values)``, positive definite, with a diagonal of 1 at least; the identity
        where there are too few clips for a factor, or all are the same.
    """
    n_found = int(np.linalg.matrix_rank(described))
    n_factors = min(FACTORS_MAX, n_found, len(described) // CLIPS_PER_FACTOR)
    if not n_factors:
        return np.eye(described.shape[1])
    loadings = FactorAnalysis(n_factors, random_state=0).fit(described).components_
    own = np.maximum(1 - np.square(loadings).sum(axis=0), OWN_VARIANCE_FLOOR)
    together: Matrix = loadings.T @ loadings
    return together + np.diag(own)
