"""One check per sentence of the detector's contract, run over every file of the folder."""

import functools
import subprocess
import sys
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

import asd_monitor.models.detectors as detectors_folder
from asd_monitor.models.detector import (
    TrainableDetector,
    detector_class,
    detector_kinds,
)
from asd_monitor.models.errors import BundleError, ConfigurationError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.training.settings import TrainingSettings
from tests.support.fitting import SMALL, ignore, steady_frames, training_sound

KINDS = tuple(kind for kind in detector_kinds() if hasattr(detector_class(kind), "score_windows"))
SETTINGS = {
    kind: TrainingSettings(
        detector=kind, hidden=(16, 8, 16), components=2, epochs=3, gain_range_db=0
    )
    for kind in KINDS
}


def window_class(kind: str) -> type[TrainableDetector]:
    """The class, as one that judges windows."""
    return cast("type[TrainableDetector]", detector_class(kind))


@functools.cache
def fitted(kind: str) -> TrainableDetector:
    sound = training_sound(steady_frames(1500), steady_frames(300, seed=1))
    return window_class(kind).fit(sound, SETTINGS[kind], ignore)[0]


def some_windows(n_windows: int, *, seed: int = 2) -> NDArray[np.float32]:
    frames = steady_frames(n_windows + SMALL.n_frames - 1, seed=seed)
    windows = np.lib.stride_tricks.sliding_window_view(frames, SMALL.n_frames, axis=0)
    return np.ascontiguousarray(windows.transpose(0, 2, 1))


def rebuilt(detector: TrainableDetector) -> TrainableDetector:
    return type(detector).from_tensors(detector.tensors(), detector.hyperparameters(), SMALL)


def test_every_file_of_the_folder_is_found() -> None:
    files = {
        path.stem for folder in detectors_folder.__path__ for path in Path(folder).glob("*.py")
    }
    modules = {detector_class(kind).__module__.rpartition(".")[2] for kind in detector_kinds()}
    assert modules == files - {"__init__"}
    assert len(set(detector_kinds())) == len(modules)


def test_every_detector_judges_either_windows_or_clips() -> None:
    for kind in detector_kinds():
        judges = [hasattr(detector_class(kind), name) for name in ("score_windows", "score_clip")]
        assert sorted(judges) == [False, True]


def test_an_unknown_kind_is_refused_and_the_known_are_named() -> None:
    with pytest.raises(ConfigurationError, match=f"(?s)'crystal-ball'.*{KINDS[0]}"):
        detector_class("crystal-ball")


def test_finding_detectors_imports_nothing_that_trains() -> None:
    program = (
        "import sys; from asd_monitor.models.detector import detector_kinds; detector_kinds();"
        "print(sorted({'torch', 'librosa', 'numba'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


@pytest.mark.parametrize("kind", KINDS)
def test_scores_have_the_shapes_of_the_contract(kind: str) -> None:
    score, per_bin = fitted(kind).score_windows(some_windows(37))
    assert score.shape == (37,)
    assert score.dtype == np.float64
    if per_bin is not None:
        assert per_bin.shape == (37, SMALL.n_mels)
        assert per_bin.dtype == np.float64
        np.testing.assert_allclose(per_bin.mean(axis=1), score, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_no_windows_have_no_scores(kind: str) -> None:
    score, per_bin = fitted(kind).score_windows(some_windows(1)[:0])
    assert score.shape == (0,)
    assert per_bin is None or per_bin.shape == (0, SMALL.n_mels)


@pytest.mark.parametrize("kind", KINDS)
def test_windows_are_scored_each_for_itself(kind: str) -> None:
    windows = some_windows(50)
    together = fitted(kind).score_windows(windows)[0]
    alone = [fitted(kind).score_windows(windows[i : i + 1])[0][0] for i in range(50)]
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_finite_for_finite_input(kind: str) -> None:
    windows = some_windows(20) * np.float32(1e4)
    score, per_bin = fitted(kind).score_windows(windows)
    assert np.isfinite(score).all()
    assert per_bin is None or np.isfinite(per_bin).all()


@pytest.mark.parametrize("kind", KINDS)
def test_scoring_leaves_windows_alone(kind: str) -> None:
    windows = some_windows(20)
    before = windows.copy()
    fitted(kind).score_windows(windows)
    np.testing.assert_array_equal(windows, before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_higher_score_is_worse(kind: str) -> None:
    normal = fitted(kind).score_windows(some_windows(100))[0]
    odd = some_windows(100)
    odd[:, :, ::2] += 5
    assert np.median(fitted(kind).score_windows(odd)[0]) > np.max(normal)


@pytest.mark.parametrize("kind", KINDS)
def test_hyperparameters_are_json_values(kind: str) -> None:
    hyperparameters = fitted(kind).hyperparameters()
    assert msgspec.json.decode(msgspec.json.encode(hyperparameters)) == hyperparameters


@pytest.mark.parametrize("kind", KINDS)
def test_a_rebuilt_detector_is_the_same_to_the_bit(kind: str) -> None:
    detector, again = fitted(kind), rebuilt(fitted(kind))
    windows = some_windows(20)
    np.testing.assert_array_equal(
        again.score_windows(windows)[0], detector.score_windows(windows)[0]
    )
    assert again.hyperparameters() == detector.hyperparameters()
    tensors = again.tensors()
    assert tensors.keys() == detector.tensors().keys()
    for name, tensor in detector.tensors().items():
        assert tensors[name].dtype == tensor.dtype
        np.testing.assert_array_equal(tensors[name], tensor)


@pytest.mark.parametrize("fault", ["missing", "unknown", "shape", "type", "not finite"])
@pytest.mark.parametrize("kind", KINDS)
def test_unfit_tensors_are_refused(kind: str, fault: str) -> None:
    detector = fitted(kind)
    for name, tensor in detector.tensors().items():
        tensors = detector.tensors()
        match fault:
            case "missing":
                del tensors[name]
            case "unknown":
                tensors[f"{name}.more"] = tensor
            case "shape":
                tensors[name] = np.concatenate([tensor, tensor])
            case "type":
                tensors[name] = tensor.astype(np.float16)
            case "not finite":
                tensors[name] = np.full_like(tensor, np.nan)
        with pytest.raises(BundleError):
            type(detector).from_tensors(tensors, detector.hyperparameters(), SMALL)


@pytest.mark.parametrize("kind", KINDS)
def test_missing_hyperparameters_are_refused(kind: str) -> None:
    detector = fitted(kind)
    for name in detector.hyperparameters():
        hyperparameters = detector.hyperparameters()
        del hyperparameters[name]
        with pytest.raises(BundleError, match=name):
            type(detector).from_tensors(detector.tensors(), hyperparameters, SMALL)


@pytest.mark.parametrize("kind", KINDS)
def test_tensors_of_other_features_are_refused(kind: str) -> None:
    detector = fitted(kind)
    with pytest.raises(BundleError):
        type(detector).from_tensors(
            detector.tensors(), detector.hyperparameters(), FeatureConfig(n_mels=9)
        )


@pytest.mark.parametrize("kind", KINDS)
def test_fitting_reports_what_it_reached(kind: str) -> None:
    sound = training_sound(steady_frames(600), steady_frames(200, seed=1))
    detector, report = window_class(kind).fit(sound, SETTINGS[kind], ignore)
    fitted_windows = np.lib.stride_tricks.sliding_window_view(
        sound.fitted.frames, SMALL.n_frames, axis=0
    ).transpose(0, 2, 1)
    score = detector.score_windows(fitted_windows)[0]
    assert report.nll_fitted == pytest.approx(score.mean(), abs=1e-4)
    assert np.isfinite(report.nll_held_out)
