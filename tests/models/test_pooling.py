import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.pooling import parse_pooling, pool

SCORES = arrays(np.float64, st.integers(1, 400), elements=st.floats(-1e6, 1e6))


@given(scores=SCORES, share=st.floats(0.01, 1.0))
def test_the_upper_tail_lies_between_mean_and_max(scores: np.ndarray, share: float) -> None:
    top = pool(scores, f"top:{share}")
    assert pool(scores, "mean") - 1e-6 <= top <= pool(scores, "max") + 1e-6


@given(scores=SCORES, seed=st.integers(0, 100))
def test_the_order_of_windows_is_of_no_account(scores: np.ndarray, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(scores)
    for pooling in ("mean", "max", "top:0.1"):
        assert pool(shuffled, pooling) == pytest.approx(pool(scores, pooling), abs=1e-6)


def test_the_poolings_are_what_they_say() -> None:
    scores = np.arange(1.0, 21.0)
    assert pool(scores, "mean") == 10.5
    assert pool(scores, "max") == 20.0
    assert pool(scores, "top:0.1") == 19.5
    assert pool(scores, "top:1") == pool(scores, "mean")
    assert pool(scores[:3], "top:0.1") == 3.0


@pytest.mark.parametrize(
    "pooling", ["", "median", "top", "top:", "top:0", "top:1.1", "top:nan", "top:x", "mean:2"]
)
def test_an_unknown_pooling_is_refused_by_name(pooling: str) -> None:
    with pytest.raises(ConfigurationError, match=r"top:0\.1"):
        parse_pooling(pooling)


def test_no_scores_cannot_be_pooled() -> None:
    with pytest.raises(ValueError, match="no window scores"):
        pool(np.empty(0), "mean")
