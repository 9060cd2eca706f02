"""Detectors that know of each mel band what is usual there, and little else."""

import functools
from dataclasses import replace

import numpy as np

from asd_monitor.calibrate.calibration import Calibration, Spread
from asd_monitor.calibrate.normal.bands import BandGatherer, ClipBandGatherer
from asd_monitor.models.bundle import Bundle, Member, Standardiser
from asd_monitor.models.detectors.group_made import Architecture, GroupMade
from asd_monitor.models.detectors.spectral import Spectral
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.fusion import voices_of
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import ClipScore
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import Runs, TrainingSound
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from tests.support.bundles import tiny_bundle, tiny_ensemble
from tests.support.clip_scores import a_calibration
from tests.support.sounds import Sound, blocks


def knowing_ensemble(normal: Sound) -> Bundle:
    """`per_band_bundle` and a spectral detector fitted to the same sound.

    Args:
        normal: 16 kHz sound, a minute at least.
    """
    bundle = per_band_bundle(normal)
    (member,) = bundle.members
    standardiser = member.standardiser
    frames = LogMel(bundle.features, bundle.mel_filters).push(normal)
    runs = Runs.of((frames - standardiser.mean) / standardiser.std)
    sound = TrainingSound(
        fitted=runs, stopping=runs, features=bundle.features, std_db=standardiser.std
    )
    spectral, _ = Spectral.fit(sound, TrainingSettings(detector=Spectral.kind), lambda _: None)
    return replace(bundle, members=(member, Member(spectral, standardiser)))


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


@functools.cache
def knowing(members: str) -> tuple[Bundle, Calibration]:
    """`knowing_ensemble`, or only what is ``spectral`` of it, calibrated on other normal sound."""
    bundle = replace(knowing_ensemble(normal_sound(200, seed=1)), fingerprint="ab" * 32)
    if members == Spectral.kind:
        bundle = replace(bundle, members=bundle.members[1:])
    return bundle, knowing_calibration(bundle, normal_sound(80, seed=2))


def knowing_calibration(bundle: Bundle, normal: Sound) -> Calibration:
    """A calibration on normal sound, with thresholds 8 standard deviations above its mean."""
    gathered, clip_bands = BandGatherer(), ClipBandGatherer()
    scorer, clips = Scorer(bundle), list[ClipScore]()
    for block in blocks(normal, cuts=range(SAMPLE_RATE_HZ, len(normal), SAMPLE_RATE_HZ)):
        scored = scorer.push(block)
        gathered.add(scored.windows)
        clip_bands.add(scored.clips)
        clips += scored.clips
    voices = np.array([clip.voices for clip in clips])
    fusion = voices_of(bundle).standardised_on(voices)
    scores = [fusion.fuse(row) for row in voices.tolist()]
    mean, std = float(np.mean(scores)), float(np.std(scores))
    limits = a_calibration(
        warning=mean + 6 * std,
        critical=mean + 8 * std,
        scores=sorted(scores),
        bundle=bundle.fingerprint,
    )
    return replace(
        limits,
        members=fusion.voices,
        normal=Spread(mean=mean, median=mean, std=std),
        bands=gathered.bands(),
        clip_bands=clip_bands.bands(),
    )
