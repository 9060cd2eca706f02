import numpy as np
import pytest

from asd_monitor.calibrate.bootstrap import MIN_BLOCK, block_length, correlation_time, resample
from tests.support.clip_scores import autoregressive


@pytest.mark.parametrize("lag_one", [0.0, 0.5, 0.8])
def test_the_correlation_time_of_an_autoregression_is_that_of_theory(lag_one: float) -> None:
    scores = autoregressive(50_000, lag_one=lag_one)
    expected = (1 + lag_one) / (1 - lag_one)
    assert correlation_time([scores]) == pytest.approx(expected, rel=0.15)


def test_blocks_are_long_against_the_correlation() -> None:
    assert block_length([autoregressive(5000, lag_one=0.0)]) == MIN_BLOCK
    assert block_length([autoregressive(50_000, lag_one=0.8)]) > 70


def test_a_resample_is_made_of_whole_blocks_that_cross_no_end() -> None:
    stretches = [np.arange(100.0), np.arange(200.0, 260.0), np.arange(900.0, 920.0)]
    drawn = resample(
        stretches, block=30, n_streams=50, n_scores=95, generator=np.random.default_rng(0)
    )
    assert drawn.shape == (50, 95)
    blocks = drawn[:, :90].reshape(-1, 30)
    assert (np.diff(blocks, axis=1) == 1).all()
    assert drawn.max() == 259.0


def test_a_resample_hangs_together_as_the_original_does() -> None:
    scores = autoregressive(5000, lag_one=0.8)
    drawn = resample(
        [scores], block=90, n_streams=20, n_scores=4500, generator=np.random.default_rng(1)
    )
    assert drawn.std() == pytest.approx(scores.std(), rel=0.05)
    assert correlation_time(list(drawn)) == pytest.approx(correlation_time([scores]), rel=0.15)


def test_stretches_shorter_than_a_lag_say_nothing_of_it() -> None:
    long, short = autoregressive(5000, lag_one=0.8), [np.array([0.1, -0.2])] * 3
    assert correlation_time([long, *short]) == pytest.approx(correlation_time([long]), rel=0.01)
