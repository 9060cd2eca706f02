"""Group MADE as numpy scores it; gradients are in `training/test_network`."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from asd_monitor.models.density_network import COLUMNS
from asd_monitor.models.detectors.group_made import Architecture, GroupMade
from asd_monitor.models.errors import BundleError, ConfigurationError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.masks import ordering_names
from tests.support.bundles import random_group_made
from tests.support.fitting import SMALL


def architecture(name: str, *, components: int = 3) -> Architecture:
    return Architecture(ordering=name, components=components, hidden=(12, 6, 12))


def random_windows(n_windows: int, *, features: FeatureConfig = SMALL) -> NDArray[np.float32]:
    shape = (n_windows, features.n_frames, features.n_mels)
    return np.random.default_rng(9).standard_normal(shape, dtype=np.float32)


@pytest.mark.parametrize("name", ordering_names())
def test_forbidden_weights_are_zero_and_others_are_not(name: str) -> None:
    detector = random_group_made(architecture(name), features=SMALL)
    masks = architecture(name).masks(n_frames=SMALL.n_frames, n_mels=SMALL.n_mels)
    for i, mask in enumerate(masks):
        np.testing.assert_array_equal(detector.tensors()[f"weight.{i}"] != 0, mask)


@pytest.mark.parametrize("name", ordering_names())
def test_masks_hold_whatever_a_bundle_says(name: str) -> None:
    detector = random_group_made(architecture(name), features=SMALL)
    tampered = {tensor: np.ones_like(values) for tensor, values in detector.tensors().items()}
    rebuilt = GroupMade.from_tensors(tampered, detector.hyperparameters(), SMALL)
    masks = architecture(name).masks(n_frames=SMALL.n_frames, n_mels=SMALL.n_mels)
    for i, mask in enumerate(masks):
        np.testing.assert_array_equal(rebuilt.tensors()[f"weight.{i}"], mask)


def test_idnn_scores_the_middle_frame_only() -> None:
    detector = random_group_made(architecture("idnn"), features=SMALL)
    windows = random_windows(4)
    nll = detector.score_windows(windows)[1]
    moved = windows.copy()
    moved[:, 2, 3] += 1
    changed = detector.score_windows(moved)[1] != nll
    assert changed[:, 3].all()
    assert not np.delete(changed, 3, axis=1).any()


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(ordering_names()), st.integers(1, 80), st.integers(1, 40))
def test_a_window_scores_alike_whatever_is_scored_with_it(
    name: str, n_windows: int, at_once: int
) -> None:
    detector = random_group_made(architecture(name), features=SMALL)
    windows = random_windows(n_windows)
    whole = detector.score_windows(windows)[1]
    parts = [
        detector.score_windows(windows[i : i + at_once])[1] for i in range(0, n_windows, at_once)
    ]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-6)


def test_a_second_of_sound_is_one_product() -> None:
    features = FeatureConfig()
    assert features.sample_rate_hz / features.hop_length <= COLUMNS


@pytest.mark.parametrize("name", ordering_names())
def test_units_that_a_frame_may_not_see_are_not_multiplied(name: str) -> None:
    detector = random_group_made(architecture(name), features=SMALL)
    last = architecture(name).masks(n_frames=SMALL.n_frames, n_mels=SMALL.n_mels)[-1]
    by_frame = last.reshape(
        -1, *detector.tensors()["bias.3"].reshape(9, -1, SMALL.n_mels).shape[1:], last.shape[1]
    )
    seen = [int(mask.any(axis=(0, 1)).sum()) for mask in np.moveaxis(by_frame, 1, 0)]
    assert [frame.shape[-1] - 1 for frame in detector.network._frames] == seen


def test_the_default_network_has_the_papers_size() -> None:
    full = Architecture(
        ordering="idnn", components=10, hidden=(128, 128, 128, 128, 32, 128, 128, 128, 128)
    )
    masks = full.masks(n_frames=5, n_mels=128)
    assert sum(mask.size for mask in masks) == 512 * 128 + 6 * 128**2 + 2 * 128 * 32 + 128 * 3840


@pytest.mark.parametrize(
    ("hyperparameters", "named"),
    [
        ({"ordering": "sideways", "components": 3, "hidden": [12]}, "sideways"),
        ({"ordering": "lr", "components": 3, "hidden": [2]}, "too narrow"),
        ({"ordering": "lr", "components": 0, "hidden": [12]}, "component"),
        ({"ordering": "lr", "components": 3, "hidden": [-1]}, "hidden"),
        ({"ordering": "lr", "components": 3, "hidden": []}, "hidden layer"),
        ({"ordering": "lr", "components": "3", "hidden": [12]}, "int"),
        ({"ordering": "lr", "components": 3, "hidden": [12], "depth": 1}, "depth"),
    ],
)
def test_impossible_hyperparameters_are_refused(
    hyperparameters: dict[str, object], named: str
) -> None:
    with pytest.raises(BundleError, match=named):
        GroupMade.from_tensors({}, hyperparameters, SMALL)


def test_impossible_architectures_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="1 component or more"):
        Architecture(ordering="idnn", components=0, hidden=(12,))


def test_threads_that_share_a_detector_do_not_share_its_memory() -> None:
    detector = random_group_made(architecture("lr"), features=SMALL)
    some = [random_windows(n) for n in range(1, 60)]
    alone = [detector.score_windows(windows)[0] for windows in some]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda windows: detector.score_windows(windows)[0], some * 5))
    for score, expected in zip(together, alone * 5, strict=True):
        np.testing.assert_array_equal(score, expected)
