"""Bundles made in milliseconds, without training."""

import functools
from dataclasses import replace

import librosa
import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Bundle, Member, Provenance, Standardiser, Stretch
from asd_monitor.models.detectors.group_made import Architecture, GroupMade
from asd_monitor.models.detectors.spectral import Spectral
from asd_monitor.models.features import FeatureConfig

PROVENANCE = Provenance(
    created_at="2026-01-02T03:04:05.678Z",
    seed=0,
    versions={"asd-monitor": "0.1.0"},
    fitted_s=60.0,
    stopping_s=10.0,
    nll_fitted=0.9,
    nll_held_out=1.0,
    epochs=7,
    stretches=(
        Stretch(
            sha256="ab" * 32, name="normal.flac", first_sample=0, n_samples=960_000, role="fitted"
        ),
    ),
)


@functools.cache
def mel_filters(features: FeatureConfig) -> NDArray[np.float32]:
    """The mel filters that training would put into a bundle."""
    filters: NDArray[np.float32] = librosa.filters.mel(
        sr=features.sample_rate_hz, n_fft=features.n_fft, n_mels=features.n_mels
    )
    return filters


def tiny_bundle(seed: int = 0) -> Bundle:
    """A working bundle with a small random Group MADE.

    Its standardiser fits broadband sound at about -26 dBFS (log-mel about -13 dB); its score
    grows with the distance from that, so that loud, tonal or silent sound scores higher.
    """
    features = FeatureConfig()
    detector = random_group_made(
        Architecture(ordering="idnn", components=2, hidden=(8, 4, 8)), seed=seed
    )
    standardiser = Standardiser(
        mean=np.full(features.n_mels, -15, np.float32),
        std=np.full(features.n_mels, 8, np.float32),
    )
    return Bundle(
        members=(Member(detector, standardiser),),
        features=features,
        mel_filters=mel_filters(features),
        provenance=PROVENANCE,
    )


def tiny_ensemble(seed: int = 0) -> Bundle:
    """`tiny_bundle` and a small spectral detector beside it."""
    bundle = tiny_bundle(seed)
    n_values = 2 * bundle.features.n_mels
    spectral = Spectral(
        mean=np.zeros(n_values, np.float32), whitening=np.eye(n_values, dtype=np.float32)
    )
    return replace(
        bundle, members=(*bundle.members, Member(spectral, bundle.members[0].standardiser))
    )


def random_group_made(
    architecture: Architecture, *, features: FeatureConfig | None = None, seed: int = 0
) -> GroupMade:
    """A Group MADE with small random weights."""
    features = features or FeatureConfig()
    rng = np.random.default_rng(seed)
    shapes = [
        mask.shape
        for mask in architecture.masks(n_frames=features.n_frames, n_mels=features.n_mels)
    ]
    return GroupMade(
        architecture,
        features,
        weights=[_random(rng, shape) / np.float32(shape[1] ** 0.5) for shape in shapes],
        biases=[_random(rng, shape[:1]) * np.float32(0.1) for shape in shapes],
    )


def _random(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    return rng.standard_normal(shape, dtype=np.float32)
