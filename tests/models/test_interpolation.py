"""The interpolation network; what every detector must keep is in the conformance suite."""

import numpy as np
import pytest
from numpy.typing import NDArray

from asd_monitor.models.dense import Dense, dense_shapes
from asd_monitor.models.detectors.interpolation import (
    ORIGINAL_HIDDEN,
    Architecture,
    Interpolation,
)
from asd_monitor.models.errors import BundleError
from asd_monitor.models.features import FeatureConfig
from tests.support.fitting import SMALL

MIDDLE = SMALL.n_frames // 2


def random_detector() -> Interpolation:
    architecture = Architecture(hidden=(6, 4))
    rng = np.random.default_rng(0)
    shapes = dense_shapes(architecture.widths(SMALL))
    tensors = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return Interpolation(architecture, Dense.from_tensors(tensors, n_layers=3))


def some_windows(n_windows: int) -> NDArray[np.float32]:
    shape = (n_windows, SMALL.n_frames, SMALL.n_mels)
    return np.random.default_rng(9).normal(size=shape).astype(np.float32)


def test_the_original_network_maps_four_frames_to_one() -> None:
    widths = Architecture(hidden=ORIGINAL_HIDDEN).widths(FeatureConfig())
    assert widths == (512, 64, 32, 16, 32, 64, 128)


def test_a_change_of_the_middle_frame_is_scored_in_its_band_only() -> None:
    windows = some_windows(4)
    before = random_detector().score_windows(windows)[1]
    windows[:, MIDDLE, 3] += 1
    changed = random_detector().score_windows(windows)[1] != before
    assert changed[:, 3].all()
    assert not np.delete(changed, 3, axis=1).any()


def test_the_score_is_the_squared_distance_from_the_prediction() -> None:
    windows = some_windows(4)
    absent = windows.copy()
    absent[:, MIDDLE] = 0
    at_zero = random_detector().score_windows(absent)[1]
    score, per_bin = random_detector().score_windows(windows)
    distance = np.sqrt(at_zero)
    middle = windows[:, MIDDLE]
    either = np.minimum(
        np.abs(per_bin - np.square(middle - distance)),
        np.abs(per_bin - np.square(middle + distance)),
    )
    np.testing.assert_allclose(either, 0, atol=1e-3)
    np.testing.assert_allclose(score, per_bin.mean(axis=1))


@pytest.mark.parametrize("frame", [0, 1, 3, 4])
def test_every_other_frame_is_seen(frame: int) -> None:
    windows = some_windows(4)
    before = random_detector().score_windows(windows)[0]
    windows[:, frame] += 1
    assert (random_detector().score_windows(windows)[0] != before).all()


def test_impossible_hyperparameters_are_refused() -> None:
    with pytest.raises(BundleError, match="hidden layer"):
        Interpolation.from_tensors(random_detector().tensors(), {"hidden": [0]}, SMALL)
