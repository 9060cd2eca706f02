"""The gradient in closed form is the one that autograd finds."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.masks import ordering_names
from asd_monitor.models.training import mean_score
from asd_monitor.models.training.network import GroupMadeNetwork, MaskedLinear
from asd_monitor.models.training.scoring_network import ScoringNetwork

SMALL = FeatureConfig(n_mels=6)


def network(name: str, components: int) -> GroupMadeNetwork:
    """A network whose every weight and bias has been moved, forbidden ones included."""
    architecture = Architecture(ordering=name, components=components, hidden=(12, 8, 12))
    generator = torch.Generator().manual_seed(7)
    made = GroupMadeNetwork(architecture, SMALL, generator=generator)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    return made


def windows(n_windows: int) -> Tensor:
    generator = torch.Generator().manual_seed(n_windows)
    return torch.randn(n_windows, SMALL.n_frames, SMALL.n_mels, generator=generator)


def with_gradient(made: GroupMadeNetwork, some: Tensor) -> tuple[float, list[Tensor]]:
    score = made.differentiate(some)
    return score, gradient_of(made)


def by_autograd(made: GroupMadeNetwork, some: Tensor) -> tuple[float, list[Tensor]]:
    score = ScoringNetwork.differentiate(made, some)
    return score, gradient_of(made)


def gradient_of(made: GroupMadeNetwork) -> list[Tensor]:
    return [p.grad.clone() for p in made.parameters() if p.grad is not None]


def assert_alike(made: GroupMadeNetwork, some: Tensor) -> None:
    score, gradient = with_gradient(made, some)
    wanted, autograds = by_autograd(made, some)
    assert score == pytest.approx(wanted, rel=1e-5)
    assert len(gradient) == len(autograds) == len(list(made.parameters()))
    for one, other in zip(gradient, autograds, strict=True):
        # Sums of single precision, whose terms cancel.
        torch.testing.assert_close(one, other, rtol=0, atol=2e-5 * float(other.abs().max()))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(ordering_names()),
    st.sampled_from([1, 2, 10]),
    st.integers(1, 40),
    st.integers(1, 200),
)
def test_score_and_gradient_are_autograds(
    name: str, components: int, n_windows: int, rows: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mean_score, "ROWS", rows)
        assert_alike(network(name, components), windows(n_windows))


@pytest.mark.parametrize("components", [1, 3])
def test_a_clamped_sigma_has_no_gradient(components: int) -> None:
    made = network("idnn", components)
    with torch.no_grad():
        log_sigmas = made.output.frame_weights[0][:, 1, :, 0]
        log_sigmas[0], log_sigmas[1] = 20, -20
    some = windows(9)
    assert_alike(made, some)
    _, gradient = with_gradient(made, some)
    by_log_sigma = gradient[-1][:, 1]
    assert not by_log_sigma[:2].any()
    assert by_log_sigma[2:].any()


def test_without_a_gradient_the_score_is_the_same() -> None:
    made, some = network("lr", 4), windows(30)
    assert made.mean_score(some) == made.differentiate(some)


def test_a_gradient_takes_the_place_of_the_one_before() -> None:
    made = network("rl", 2)
    made.differentiate(windows(7))
    _, after_another = with_gradient(made, windows(5))
    _, alone = with_gradient(network("rl", 2), windows(5))
    for one, other in zip(after_another, alone, strict=True):
        assert torch.equal(one, other)


def test_forbidden_connections_have_no_gradient() -> None:
    made = network("lr", 2)
    made.differentiate(windows(20))
    layers = [layer for layer in made.modules() if isinstance(layer, MaskedLinear)]
    assert any((layer.mask == 0).any() for layer in layers)
    for layer in layers:
        assert layer.weight.grad is not None
        assert not layer.weight.grad[layer.mask == 0].any()


@pytest.mark.parametrize("value", [math.inf, math.nan, 1e30])
def test_what_leaves_the_range_of_the_numbers_shows_in_the_score(value: float) -> None:
    made = network("idnn", 3)
    with torch.no_grad():
        made.output.frame_weights[0][..., 0] = value
        assert not np.isfinite(made.mean_score(windows(4)))
