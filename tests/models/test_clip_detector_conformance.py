"""One check per sentence of the clip detector's contract, run over every file of the folder."""

import functools
from typing import cast

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from asd_monitor.models.detector import TrainableClipDetector, detector_class, detector_kinds
from asd_monitor.models.errors import BundleError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.standardiser import Standardiser
from asd_monitor.models.training.settings import TrainingSettings
from tests.support.fitting import SMALL, ignore, steady_frames, training_sound

KINDS = tuple(kind for kind in detector_kinds() if hasattr(detector_class(kind), "score_clip"))
SOUND = training_sound(steady_frames(9000), steady_frames(1500, seed=1))


@functools.cache
def fitted(kind: str, *, gain_range_db: float = 0.0) -> TrainableClipDetector:
    settings = TrainingSettings(detector=kind, gain_range_db=gain_range_db)
    return cast("type[TrainableClipDetector]", detector_class(kind)).fit(SOUND, settings, ignore)[0]


def rebuilt(detector: TrainableClipDetector) -> TrainableClipDetector:
    return type(detector).from_tensors(detector.tensors(), detector.hyperparameters(), SMALL)


def score(kind: str, frames: NDArray[np.float32]) -> float:
    return judged(fitted(kind), frames)[0]


def judged(
    detector: TrainableClipDetector, frames: NDArray[np.float32]
) -> tuple[float, NDArray[np.float64] | None]:
    return detector.score_clip(frames, Standardiser.of_standardised(SMALL.n_mels))


def test_there_is_a_clip_detector() -> None:
    assert KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_finite_for_finite_input(kind: str) -> None:
    for frames in (steady_frames(5), steady_frames(600), 100 * steady_frames(20)):
        score, per_bin = judged(fitted(kind), frames)
        assert np.isfinite(score)
        if per_bin is not None:
            assert per_bin.shape == (SMALL.n_mels,)
            assert per_bin.dtype == np.float64
            assert np.isfinite(per_bin).all()
            assert (per_bin >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_higher_score_is_worse(kind: str) -> None:
    normal = steady_frames(600, seed=3)
    odd = normal.copy()
    odd[:, SMALL.n_mels // 2] += 4
    usual = [score(kind, steady_frames(600, seed=seed)) for seed in range(3, 9)]
    assert score(kind, odd) > score(kind, normal)
    assert score(kind, odd) > max(usual)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("band", [0, SMALL.n_mels // 2, SMALL.n_mels - 1])
def test_the_band_that_is_odd_has_most_of_the_score(kind: str, band: int) -> None:
    odd = steady_frames(600, seed=3)
    odd[:, band] += 4
    _, per_bin = judged(fitted(kind), odd)
    assert per_bin is None or int(np.argmax(per_bin)) == band


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_bands_have_rises_with_the_score(kind: str) -> None:
    scored = [judged(fitted(kind), strength * steady_frames(600)) for strength in (1, 2, 4, 8)]
    known = [(score, per_bin.sum()) for score, per_bin in scored if per_bin is not None]
    assert sorted(known) == sorted(known, key=lambda pair: pair[1])


@pytest.mark.parametrize("kind", KINDS)
def test_scoring_leaves_frames_alone(kind: str) -> None:
    frames = steady_frames(50)
    before = frames.copy()
    judged(fitted(kind), frames)
    np.testing.assert_array_equal(frames, before)


@pytest.mark.parametrize("kind", KINDS)
def test_standardised_before_or_by_the_detector_a_clip_scores_alike(kind: str) -> None:
    standardised = steady_frames(600, seed=3)
    rng = np.random.default_rng(0)
    standardiser = Standardiser(
        mean=rng.uniform(-80, -20, SMALL.n_mels).astype(np.float32),
        std=rng.uniform(0.5, 10, SMALL.n_mels).astype(np.float32),
    )
    decibels = standardised * standardiser.std + standardiser.mean
    score, per_bin = fitted(kind).score_clip(decibels, standardiser)
    expected, expected_per_bin = judged(fitted(kind), standardised)
    assert score == pytest.approx(expected, abs=1e-4)
    if per_bin is not None and expected_per_bin is not None:
        np.testing.assert_allclose(per_bin, expected_per_bin, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_detector_fitted_with_gains_minds_them_less(kind: str) -> None:
    louder = (steady_frames(600, seed=3) + 3 / SOUND.std_db).astype(np.float32)
    deaf, hearing = fitted(kind, gain_range_db=6.0), fitted(kind)
    normal = steady_frames(600, seed=3)
    assert judged(deaf, louder)[0] - judged(deaf, normal)[0] < 0.5 * (
        judged(hearing, louder)[0] - judged(hearing, normal)[0]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_rebuilt_detector_is_the_same_to_the_bit(kind: str) -> None:
    frames = steady_frames(100)
    assert judged(rebuilt(fitted(kind)), frames)[0] == score(kind, frames)


@pytest.mark.parametrize("kind", KINDS)
def test_hyperparameters_are_json_values(kind: str) -> None:
    stored = fitted(kind).hyperparameters()
    assert msgspec.json.decode(msgspec.json.encode(stored)) == stored


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["missing", "unknown", "shape", "type", "not finite"])
def test_unfit_tensors_are_refused(kind: str, fault: str) -> None:
    detector = fitted(kind)
    tensors = dict(detector.tensors())
    name = next(iter(tensors))
    if fault == "missing":
        del tensors[name]
    elif fault == "unknown":
        tensors["surplus"] = np.zeros(1, np.float32)
    elif fault == "shape":
        tensors[name] = tensors[name][:-1]
    elif fault == "type":
        tensors[name] = tensors[name].astype(np.float64)
    else:
        tensors[name] = np.full_like(tensors[name], np.nan)
    with pytest.raises(BundleError, match=r"tensor"):
        type(detector).from_tensors(tensors, detector.hyperparameters(), SMALL)


@pytest.mark.parametrize("kind", KINDS)
def test_tensors_of_other_features_are_refused(kind: str) -> None:
    detector = fitted(kind)
    with pytest.raises(BundleError):
        type(detector).from_tensors(detector.tensors(), detector.hyperparameters(), FeatureConfig())
