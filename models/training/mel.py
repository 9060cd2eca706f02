"""The mel filter bank, made once, at training time; a bundle carries it from then on."""

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.features import FeatureConfig


def mel_filters(features: FeatureConfig) -> NDArray[np.float32]:
    """Mel filters of the DCASE 2020 Task 2 baseline, ``(n_mels, n_fft // 2 + 1)``.

    Slaney scale and area norm, from 0 Hz to half the sample rate, as `librosa.filters.mel`
    makes them.
    """
    import librosa  # noqa: PLC0415 - a second and 100 MB that only training needs

    filters: NDArray[np.float32] = librosa.filters.mel(
        sr=features.sample_rate_hz,
        n_fft=features.n_fft,
        n_mels=features.n_mels,
        dtype=np.float32,
    )
    return filters
