from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle, Stretch, load_bundle, save_bundle
from asd_monitor.models.combine import combine
from asd_monitor.models.errors import BundleError
from asd_monitor.models.fusion import voices_of
from asd_monitor.models.scorer import Scorer
from tests.support.bundles import tiny_bundle, tiny_ensemble
from tests.support.sounds import blocks, noise

OTHER = Stretch(sha256="cd" * 32, name="other.flac", first_sample=0, n_samples=9, role="fitted")
SOUND: list[AudioBlock] = list(blocks(noise(12 * 16_000, seed=3)))


def voices(bundle: Bundle) -> np.ndarray:
    """The score of every voice for every clip of some sound, each window member by its mean."""
    scorer = Scorer(bundle, fusion=voices_of(bundle, pooling="mean"))
    clips = [clip for block in SOUND for clip in scorer.push(block).clips]
    return np.array([clip.voices for clip in (*clips, *scorer.finish().clips)])


def test_each_member_scores_as_it_did_alone() -> None:
    first, second = tiny_ensemble(seed=1), tiny_bundle(seed=2)
    apart = np.hstack([voices(first), voices(second)])
    assert np.array_equal(voices(combine([first, second])), apart)


def test_a_combined_bundle_is_read_as_it_was_written(tmp_path: Path) -> None:
    combined = combine([tiny_bundle(seed=1), tiny_ensemble(seed=2)])
    assert combined.kind == "group-made+group-made+spectral"
    saved = save_bundle(combined, tmp_path / "both.safetensors")
    assert np.array_equal(voices(load_bundle(tmp_path / "both.safetensors")), voices(saved))


def test_sound_that_any_of_them_has_seen_is_not_fresh() -> None:
    first = tiny_bundle(seed=1)
    known = replace(first.provenance, stretches=(OTHER, *first.provenance.stretches))
    combined = combine([first, replace(tiny_bundle(seed=2), provenance=known)])
    assert combined.provenance.stretches == (*first.provenance.stretches, OTHER)


def test_siblings_of_one_of_them_are_none_of_all_together() -> None:
    first = tiny_bundle(seed=1)
    known = replace(first.provenance, siblings=("ab" * 32,))
    combined = combine([replace(first, provenance=known), tiny_bundle(seed=2)])
    assert combined.provenance.siblings == ()


def test_other_features_cannot_be_combined() -> None:
    bundle = tiny_bundle()
    other = replace(bundle, features=replace(bundle.features, hop_length=256))
    with pytest.raises(BundleError, match=r"bundle 2 .* \(hop_length 256 instead of 512\)"):
        combine([bundle, other])
    with pytest.raises(BundleError, match=r"bundle 3 .* \(its mel filters\)"):
        combine([bundle, bundle, replace(bundle, mel_filters=bundle.mel_filters * 2)])


def test_one_and_the_same_bundle_is_not_combined_with_itself() -> None:
    one, other = (replace(tiny_bundle(), fingerprint=mark * 64) for mark in "ab")
    with pytest.raises(BundleError, match="bundle 3 is bundle 1 once more"):
        combine([one, other, one])
