import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.mixture_fit import fit_mixture


def _groups(*middles: float, n: int = 200, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([middle + rng.standard_normal((n, 2)) for middle in middles])


def test_groups_that_lie_apart_are_found() -> None:
    mixture = fit_mixture(_groups(0.0, 20.0), k=2)
    assert sorted(mixture.means[:, 0]) == pytest.approx([0, 20], abs=0.3)
    assert mixture.weights == pytest.approx([0.5, 0.5], abs=0.01)
    assert len(set(mixture.labels[:200])) == len(set(mixture.labels[200:])) == 1


def test_the_criterion_prefers_the_true_number_of_components() -> None:
    points = _groups(0.0, 20.0)
    criteria = [fit_mixture(points, k=k).bic for k in (1, 2, 3)]
    assert np.argmin(criteria) == 1


@given(seed=st.integers(0, 1000), k=st.integers(1, 3))
def test_the_order_of_points_does_not_matter(seed: int, k: int) -> None:
    points = _groups(0.0, 5.0, n=20, seed=seed)
    shuffled = np.random.default_rng(seed).permutation(points)
    assert fit_mixture(points, k=k).bic == pytest.approx(fit_mixture(shuffled, k=k).bic, rel=1e-6)


def test_equal_points_are_no_trouble() -> None:
    mixture = fit_mixture(np.ones((30, 2)), k=2)
    assert np.isfinite(mixture.bic)
    assert np.isfinite(mixture.means).all()
