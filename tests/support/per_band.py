"""Detectors that know of each mel band what is usual there, and nothing else."""

from dataclasses import replace

import numpy as np

from asd_monitor.models.bundle import Bundle, Member, Standardiser
from asd_monitor.models.detectors.group_made import Architecture, GroupMade
from asd_monitor.models.frontend import LogMel
from tests.support.bundles import tiny_bundle, tiny_ensemble
from tests.support.sounds import Sound


def clip_bundle() -> Bundle:
    """A spectral detector alone, which judges whole clips and no windows."""
    ensemble = tiny_ensemble()
    return replace(ensemble, members=ensemble.members[1:])


def per_band_bundle(normal: Sound) -> Bundle:
    """A Group MADE all of whose weights are zero: one standard Gaussian for each bin.

    Args:
        normal: 16 kHz sound that the bins are standardised on.
    """
    bundle = tiny_bundle()
    features = bundle.features
    architecture = Architecture(ordering="idnn", components=1, hidden=(4,))
    masks = architecture.masks(n_frames=features.n_frames, n_mels=features.n_mels)
    detector = GroupMade(
        architecture,
        features,
        weights=[np.zeros(mask.shape, np.float32) for mask in masks],
        biases=[np.zeros(mask.shape[0], np.float32) for mask in masks],
    )
    frames = LogMel(features, bundle.mel_filters).push(normal)
    standardiser = Standardiser(mean=frames.mean(axis=0), std=frames.std(axis=0))
    return replace(bundle, members=(Member(detector, standardiser),))
