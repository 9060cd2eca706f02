"""The network sees what its ordering says, and numpy scores as torch does."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from asd_monitor.models.detectors.group_made import Architecture, GroupMade
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.masks import adjacency, ordering, ordering_names
from asd_monitor.models.training.network import GroupMadeNetwork
from asd_monitor.models.training.settings import HIDDEN

SMALL = FeatureConfig(n_mels=4)
EVERY_DENSITY = [(name, components) for name in ordering_names() for components in (1, 10)]


def network(
    name: str, components: int, *, hidden: tuple[int, ...], features: FeatureConfig
) -> GroupMadeNetwork:
    """A network whose every weight and bias has been moved, forbidden ones included."""
    architecture = Architecture(ordering=name, components=components, hidden=hidden)
    generator = torch.Generator().manual_seed(7)
    made = GroupMadeNetwork(architecture, features, generator=generator)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.02 * torch.randn(parameter.shape, generator=generator))
    return made


def windows(n_windows: int, *, features: FeatureConfig, seed: int = 3) -> NDArray[np.float32]:
    shape = (n_windows, features.n_frames, features.n_mels)
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


@pytest.mark.parametrize(("name", "components"), EVERY_DENSITY)
def test_the_jacobian_is_zero_exactly_where_the_ordering_says(name: str, components: int) -> None:
    made = network(name, components, hidden=(32, 16, 32), features=SMALL)
    at = torch.from_numpy(windows(8, features=SMALL))
    jacobian = torch.func.jacrev(lambda x: made.densities(x).sum(0))(at)
    n_scored = len(ordering(name, n_frames=5).scored)
    # (parameters * components, scored frame, its bins, windows, input frame, its bins)
    blocks = jacobian.reshape(-1, n_scored, SMALL.n_mels, *at.shape)
    depends = (blocks != 0).movedim(1, 0).movedim(4, 1).flatten(2).any(2).numpy()
    chosen = ordering(name, n_frames=5)
    np.testing.assert_array_equal(depends, adjacency(chosen)[list(chosen.scored)])


@pytest.mark.parametrize(("name", "components"), EVERY_DENSITY)
def test_numpy_scores_as_torch_does(name: str, components: int) -> None:
    features = FeatureConfig()
    made = network(name, components, hidden=HIDDEN, features=features)
    weights, biases = made.folded()
    detector = GroupMade(
        Architecture(ordering=name, components=components, hidden=HIDDEN),
        features,
        weights=weights,
        biases=biases,
    )
    some = windows(40, features=features)
    score, per_bin = detector.score_windows(some)
    with torch.no_grad():
        by_torch = made(torch.from_numpy(some)).numpy()
        nll = made.nll(torch.from_numpy(some)).reshape(len(some), -1, features.n_mels).mean(1)
    np.testing.assert_allclose(score, by_torch, atol=1e-4)
    np.testing.assert_allclose(per_bin, nll.numpy(), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", ordering_names())
def test_folded_weights_are_masked_and_their_own(name: str) -> None:
    made = network(name, 2, hidden=(12, 12), features=SMALL)
    weights, _ = made.folded()
    masks = Architecture(ordering=name, components=2, hidden=(12, 12)).masks(n_frames=5, n_mels=4)
    for weight, mask in zip(weights, masks, strict=True):
        assert not weight[~mask].any()
    weights[0][:] = 99
    assert made.folded()[0][0].max() < 99


def test_means_begin_spread_out_and_weights_of_components_alike() -> None:
    architecture = Architecture(ordering="idnn", components=10, hidden=HIDDEN)
    made = GroupMadeNetwork(
        architecture, FeatureConfig(), generator=torch.Generator().manual_seed(0)
    )
    densities = made.densities(torch.from_numpy(windows(20, features=FeatureConfig()))).detach()
    means, logits = densities[:, 0].mean((0, 2)), densities[:, 2]
    np.testing.assert_allclose(means, np.linspace(-1.5, 1.5, 10), atol=0.1)
    assert torch.softmax(logits, dim=1).max() < 0.3
