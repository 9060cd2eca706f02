"""What is guaranteed of scores that siblings have given."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.cross_fit import guaranteed_exceedance


@given(st.floats(1e-6, 0.5), st.integers(2, 10), st.integers(1, 10_000))
def test_the_guarantee_is_at_least_twice_what_was_asked(q: float, k: int, per_block: int) -> None:
    at_most = guaranteed_exceedance(q, n_scores=k * per_block, siblings=k)
    assert min(1, 2 * q) <= at_most <= 2 * q + 2 / (per_block + 1)


@pytest.mark.parametrize("spread", [0.0, 2.0])
def test_judged_by_each_sibling_against_its_block_fresh_sound_keeps_the_guarantee(
    spread: float,
) -> None:
    rng = np.random.default_rng(0)
    k, per_block, q = 5, 20, 0.05
    n = k * per_block
    n_exceeding, n_draws = 0, 4000
    for _ in range(n_draws):
        # What a sibling makes of a sound depends on the sibling, and more so for some sounds.
        offsets = spread * rng.standard_normal(k)
        fresh = rng.standard_normal() + offsets * rng.uniform()
        blocks = rng.standard_normal((per_block, k)) + offsets * rng.uniform(size=(per_block, k))
        n_exceeding += 1 + (blocks >= fresh).sum() <= q * (n + 1)
    assert n_exceeding / n_draws < guaranteed_exceedance(q, n_scores=n, siblings=k)
