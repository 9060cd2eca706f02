import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.pooling import PEAK_LEAST, parse_pooling, pool

SCORES = arrays(np.float64, st.integers(1, 400), elements=st.floats(-1e6, 1e6))


@given(scores=SCORES, share=st.floats(0.01, 1.0))
def test_the_upper_tail_lies_between_mean_and_max(scores: np.ndarray, share: float) -> None:
    top = pool(scores, f"top:{share}")
    assert pool(scores, "mean") - 1e-6 <= top <= pool(scores, "max") + 1e-6


@given(scores=SCORES, seed=st.integers(0, 100))
def test_the_order_of_windows_is_of_no_account(scores: np.ndarray, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(scores)
    for pooling in ("mean", "max", "peak", "top:0.1", "quantile:0.25", "ranked:0.9"):
        assert pool(shuffled, pooling) == pytest.approx(pool(scores, pooling), abs=1e-6)


def test_the_poolings_are_what_they_say() -> None:
    scores = np.arange(1.0, 21.0)
    assert pool(scores, "mean") == 10.5
    assert pool(scores, "max") == 20.0
    assert pool(scores, "top:0.1") == 19.5
    assert pool(scores, "top:1") == pool(scores, "mean")
    assert pool(scores[:3], "top:0.1") == 3.0


def test_the_peak_is_how_far_one_window_stands_out_and_not_where_they_stand() -> None:
    flat = np.full(300, 2.0)
    clicked = flat.copy()
    clicked[7] = 32.0
    assert pool(clicked, "peak") == pytest.approx(np.log(30.0), abs=0.01)
    assert pool(clicked + 5.0, "peak") == pytest.approx(pool(clicked, "peak"))
    assert pool(flat, "peak") == pool(flat[:1], "peak") == pytest.approx(np.log(PEAK_LEAST))


@pytest.mark.parametrize(
    "pooling", ["", "median", "top", "top:", "top:0", "top:1.1", "top:nan", "top:x", "mean:2"]
)
def test_an_unknown_pooling_is_refused_by_name(pooling: str) -> None:
    with pytest.raises(ConfigurationError, match=r"top:0\.1"):
        parse_pooling(pooling)


def test_no_scores_cannot_be_pooled() -> None:
    with pytest.raises(ValueError, match="no window scores"):
        pool(np.empty(0), "mean")


@given(scores=SCORES, ratio=st.floats(0.01, 1.0))
def test_ranked_weights_lie_between_mean_and_max(scores: np.ndarray, ratio: float) -> None:
    slack = 1e-9 * float(np.abs(scores).max())
    ranked = pool(scores, f"ranked:{ratio}")
    assert pool(scores, "mean") - slack <= ranked <= pool(scores, "max") + slack


def test_each_rank_weighs_the_ratio_of_the_one_before() -> None:
    assert pool(np.array([1.0, 4.0, 2.0]), "ranked:0.5") == (4.0 + 0.5 * 2.0 + 0.25) / 1.75
    assert pool(np.arange(5.0), "ranked:1") == 2.0
