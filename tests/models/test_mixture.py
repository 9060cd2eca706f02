"""The mixture density is a density, and the right one."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from torch.distributions import Categorical, MixtureSameFamily, Normal

from asd_monitor.models.mixture import (
    LOG_SIGMA_MAX,
    LOG_SIGMA_MIN,
    n_parameters,
    negative_log_likelihood,
)
from asd_monitor.models.training.network import mixture_nll

COMPONENTS = [1, 2, 10]


def random_parameters(
    components: int, *, seed: int, spread: float = 2.0, n_bins: int = 11, n_windows: int = 7
) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    shape = (n_parameters(components), components, n_bins, n_windows)
    return spread * rng.standard_normal(shape)


def reference_nll(parameters: NDArray[np.float64], targets: NDArray[np.float64]) -> torch.Tensor:
    values = torch.from_numpy(parameters).movedim(1, -1)
    normal = Normal(values[0], values[1].clamp(LOG_SIGMA_MIN, LOG_SIGMA_MAX).exp())
    x = torch.from_numpy(targets)
    logits = values[2] if len(values) > 2 else torch.zeros_like(values[0])
    mixture = MixtureSameFamily(Categorical(logits=logits), normal)
    log_density: torch.Tensor = mixture.log_prob(x)  # type: ignore[no-untyped-call]
    return -log_density


@settings(max_examples=25, deadline=None)
@given(
    components=st.sampled_from(COMPONENTS),
    seed=st.integers(0, 2**32 - 1),
    spread=st.sampled_from([0.1, 1.0, 4.0, 50.0]),
)
def test_integrates_to_one(components: int, seed: int, spread: float) -> None:
    parameters = random_parameters(components, seed=seed, spread=spread, n_windows=1, n_bins=1)
    mean, sigma = parameters[0, :, 0, 0], np.exp(np.clip(parameters[1, :, 0, 0], -5, 5))
    # Each component gets a grid as fine as itself; between the grids there is next to nothing.
    grid = np.unique((mean + sigma * np.linspace(-12, 12, 4001)[:, None]).ravel())
    at = np.repeat(parameters, len(grid), axis=-1)
    density = np.exp(-negative_log_likelihood(at, grid[None])[0])
    assert np.trapezoid(density, grid) == pytest.approx(1, abs=2e-5)


@pytest.mark.parametrize("components", COMPONENTS)
@pytest.mark.parametrize("spread", [0.3, 3.0, 20.0])
def test_equals_torch_distributions(components: int, spread: float) -> None:
    parameters = random_parameters(components, seed=1, spread=spread)
    targets = 3 * np.random.default_rng(2).standard_normal((11, 7))
    np.testing.assert_allclose(
        negative_log_likelihood(parameters.copy(), targets),
        reference_nll(parameters, targets).numpy(),
        rtol=1e-9,
        atol=1e-9,
    )


@pytest.mark.parametrize("components", COMPONENTS)
@pytest.mark.parametrize("spread", [0.3, 3.0, 20.0])
def test_single_precision_agrees_with_its_torch_twin(components: int, spread: float) -> None:
    parameters = random_parameters(components, seed=3, spread=spread).astype(np.float32)
    targets = np.random.default_rng(4).standard_normal((11, 7)).astype(np.float32)
    by_window = np.ascontiguousarray(np.moveaxis(parameters, -1, 0))
    twin = mixture_nll(torch.from_numpy(by_window), torch.from_numpy(targets.T)).numpy()
    result = negative_log_likelihood(parameters, targets)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, twin.T, rtol=1e-5, atol=1e-5)


@given(
    parameters=st.sampled_from(COMPONENTS).flatmap(
        lambda c: hnp.arrays(
            np.float32,
            (n_parameters(c), c, 3, 2),
            elements=st.floats(-(2.0**100), 2.0**100, width=32),
        )
    ),
    targets=hnp.arrays(np.float32, (3, 2), elements=st.floats(-(2.0**100), 2.0**100, width=32)),
)
def test_is_finite_for_huge_values(
    parameters: NDArray[np.float32], targets: NDArray[np.float32]
) -> None:
    assert np.isfinite(negative_log_likelihood(parameters, targets)).all()


def test_shifting_all_logits_changes_nothing() -> None:
    parameters = random_parameters(10, seed=5)
    shifted = parameters.copy()
    shifted[2] += 300
    targets = np.zeros((11, 7))
    np.testing.assert_allclose(
        negative_log_likelihood(shifted, targets), negative_log_likelihood(parameters, targets)
    )


def test_targets_are_left_alone() -> None:
    targets = np.random.default_rng(7).standard_normal((11, 7))
    before = targets.copy()
    negative_log_likelihood(random_parameters(2, seed=6), targets)
    np.testing.assert_array_equal(targets, before)


def test_sigma_has_a_floor() -> None:
    parameters = np.zeros((2, 1, 1, 1))
    parameters[1] = -50
    nll = negative_log_likelihood(parameters, np.zeros((1, 1)))
    assert nll[0, 0] == pytest.approx(-5 + 0.5 * np.log(2 * np.pi))
