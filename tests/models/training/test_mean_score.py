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
from asd_monitor.models.training.network import GroupMadeNetwork

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


def with_gradient(made: GroupMadeNetwork, score: Tensor) -> tuple[float, list[Tensor]]:
    made.zero_grad()
    score.backward()  # type: ignore[no-untyped-call]
    return float(score.detach()), [p.grad.clone() for p in made.parameters() if p.grad is not None]


def assert_alike(made: GroupMadeNetwork, some: Tensor) -> None:
    score, gradient = with_gradient(made, made.mean_score(some))
    by_autograd, autograd = with_gradient(made, made(some).mean())
    assert score == pytest.approx(by_autograd, rel=1e-5)
    assert len(gradient) == len(autograd) == len(list(made.parameters()))
    for one, other in zip(gradient, autograd, strict=True):
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
        log_sigmas = made.output.bias.reshape(-1, components, SMALL.n_mels)[1]
        log_sigmas[:, 0], log_sigmas[:, 1] = 20, -20
    some = windows(9)
    assert_alike(made, some)
    _, gradient = with_gradient(made, made.mean_score(some))
    by_bias = gradient[-1].reshape(-1, components, SMALL.n_mels)[1]
    assert not by_bias[:, :2].any()
    assert by_bias[:, 2:].any()


def test_without_a_gradient_the_score_is_the_same() -> None:
    made, some = network("lr", 4), windows(30)
    wanted = float(made.mean_score(some).detach())
    with torch.no_grad():
        assert float(made.mean_score(some)) == wanted


def test_the_gradient_follows_what_comes_after() -> None:
    made, some = network("rl", 2), windows(5)
    _, gradient = with_gradient(made, made.mean_score(some))
    _, scaled = with_gradient(made, made.mean_score(some) * -3)
    for one, other in zip(gradient, scaled, strict=True):
        torch.testing.assert_close(other, -3 * one)


@pytest.mark.parametrize("value", [math.inf, math.nan, 1e30])
def test_what_leaves_the_range_of_the_numbers_shows_in_the_score(value: float) -> None:
    made = network("idnn", 3)
    with torch.no_grad():
        made.output.bias[:] = value
        assert not np.isfinite(float(made.mean_score(windows(4))))
