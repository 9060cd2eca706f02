"""Score and gradient of mixtures are those that torch finds in double precision."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from asd_monitor.models.mixture import LOG_SIGMA_MAX, LOG_SIGMA_MIN, n_parameters
from asd_monitor.models.training.mixture_gradient import replace_by_gradient
from asd_monitor.models.training.network import mixture_nll

Floats = NDArray[np.float32]
SHARE = 0.25


def some(components: int, *, spread: float, seed: int = 1) -> tuple[Floats, Floats]:
    """Parameters ``(n_targets, n_parameters, n_components, n_windows)`` and targets."""
    rng = np.random.default_rng(seed)
    shape = (3, n_parameters(components), components, 21)
    parameters = spread * rng.standard_normal(shape, dtype=np.float32)
    return parameters, spread * rng.standard_normal((3, 21), dtype=np.float32)


def by_autograd(parameters: Floats, targets: Floats) -> tuple[float, NDArray[np.float64]]:
    exact = torch.from_numpy(parameters).double().requires_grad_()
    of_windows = mixture_nll(exact.permute(3, 1, 2, 0), torch.from_numpy(targets).double().T)
    (SHARE * of_windows.sum()).backward()  # type: ignore[no-untyped-call]
    assert exact.grad is not None
    return float(of_windows.detach().sum()), exact.grad.numpy()


@settings(max_examples=60, deadline=None)
@given(
    components=st.sampled_from([1, 2, 10]),
    spread=st.sampled_from([0.1, 1.0, 4.0, 50.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_equals_autograd(components: int, spread: float, seed: int) -> None:
    parameters, targets = some(components, spread=spread, seed=seed)
    score, gradient = by_autograd(parameters, targets)
    assert replace_by_gradient(parameters, targets, share=SHARE) == pytest.approx(score, rel=1e-5)
    # Logits tell apart what is all but certain by what single precision has left.
    np.testing.assert_allclose(parameters, gradient, rtol=1e-4, atol=1e-4)


def test_a_target_far_from_every_component_has_a_finite_score() -> None:
    parameters, targets = some(10, spread=1.0)
    parameters[:, 1] = LOG_SIGMA_MIN
    targets[:] = 1e4
    score, gradient = by_autograd(parameters, targets)
    assert replace_by_gradient(parameters, targets, share=SHARE) == pytest.approx(score, rel=1e-5)
    np.testing.assert_allclose(parameters, gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("beyond", [LOG_SIGMA_MIN - 1, LOG_SIGMA_MAX + 1])
def test_a_clamped_sigma_has_no_gradient(beyond: float) -> None:
    parameters, targets = some(3, spread=1.0)
    parameters[1, 1] = beyond
    replace_by_gradient(parameters, targets, share=SHARE)
    assert not parameters[1, 1].any()
    assert parameters[0, 1].any()
    assert parameters[2, 1].any()


@pytest.mark.parametrize("components", [1, 3])
@pytest.mark.parametrize("of", range(3))
def test_a_parameter_that_is_no_number_shows_in_the_score(components: int, of: int) -> None:
    parameters, targets = some(components, spread=1.0)
    parameters[1, min(of, n_parameters(components) - 1), 0, 4] = np.nan
    assert np.isnan(replace_by_gradient(parameters, targets, share=SHARE))
