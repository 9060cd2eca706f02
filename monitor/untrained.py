"""The default detector before it has learned anything: as large and as fast as a trained one."""

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Bundle, Member, Provenance, Standardiser
from asd_monitor.models.detectors.group_made import Architecture, GroupMade
from asd_monitor.models.detectors.spectral import Spectral
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.training.settings import HIDDEN, TrainingSettings

_NOBODY = Provenance(
    created_at="",
    seed=0,
    versions={},
    fitted_s=0.0,
    stopping_s=0.0,
    nll_fitted=0.0,
    nll_held_out=0.0,
    epochs=0,
    stretches=(),
)


def untrained_bundle() -> Bundle:
    """A bundle of the default detectors with random weights; what it says means nothing."""
    features, defaults = FeatureConfig(), TrainingSettings()
    architecture = Architecture(
        ordering=defaults.ordering, components=defaults.components, hidden=HIDDEN
    )
    generator = np.random.default_rng(0)
    masks = architecture.masks(n_frames=features.n_frames, n_mels=features.n_mels)
    made = GroupMade(
        architecture,
        features,
        weights=[
            generator.standard_normal(mask.shape, dtype=np.float32)
            / np.float32(mask.shape[1] ** 0.5)
            for mask in masks
        ],
        biases=[np.zeros(len(mask), dtype=np.float32) for mask in masks],
    )
    n_values = 2 * features.n_mels
    spectral = Spectral(
        mean=np.zeros(n_values, dtype=np.float32), whitening=np.eye(n_values, dtype=np.float32)
    )
    standardiser = Standardiser(
        mean=np.full(features.n_mels, -30, dtype=np.float32),
        std=np.full(features.n_mels, 10, dtype=np.float32),
    )
    return Bundle(
        members=(Member(made, standardiser), Member(spectral, standardiser)),
        features=features,
        mel_filters=_triangles(features),
        provenance=_NOBODY,
    )


def _triangles(features: FeatureConfig) -> NDArray[np.float32]:
    """Overlapping triangles, evenly spaced in mel, ``(n_mels, n_fft // 2 + 1)``.

    O'Shaughnessy's scale; about as many weights as in the bank that training makes.
    """
    highest = 2595 * np.log10(1 + features.sample_rate_hz / 2 / 700)
    corners_hz = 700 * (10 ** (np.linspace(0, highest, features.n_mels + 2) / 2595) - 1)
    bins_hz = np.fft.rfftfreq(features.n_fft, 1 / features.sample_rate_hz)
    low, peak, high = corners_hz[:-2, None], corners_hz[1:-1, None], corners_hz[2:, None]
    rising, falling = (bins_hz - low) / (peak - low), (high - bins_hz) / (high - peak)
    triangles: NDArray[np.float32] = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return triangles
