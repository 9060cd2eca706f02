import numpy as np
import pytest

from asd_monitor.calibrate.normal.halves import MIN_SCORES, compare_halves
from tests.support.clip_scores import autoregressive


@pytest.mark.parametrize("n", [25, 200, 1000])
@pytest.mark.parametrize("lag_one", [0.0, 0.5, 0.8])
def test_halves_that_are_alike_are_seldom_said_to_differ(n: int, lag_one: float) -> None:
    said = 0
    for seed in range(60):
        halves = compare_halves(autoregressive(n + 50, lag_one=lag_one, seed=seed)[50:])
        assert halves is not None
        said += halves.differ
    # Of 60, 3 are expected; with few correlated scores up to 12 in a hundred were measured.
    assert said <= 12


@pytest.mark.parametrize(("n", "lag_one"), [(25, 0.0), (200, 0.5), (1000, 0.8)])
def test_a_step_of_two_deviations_is_found(n: int, lag_one: float) -> None:
    for seed in range(10):
        scores = autoregressive(n, lag_one=lag_one, seed=seed)
        scores[n // 2 :] += 2
        halves = compare_halves(scores)
        assert halves is not None
        assert halves.differ
        assert 0.5 < halves.shift < 4


def test_too_few_scores_or_equal_ones_say_nothing() -> None:
    assert compare_halves(np.arange(MIN_SCORES - 1.0)) is None
    assert compare_halves(np.ones(100)) is None


def test_a_step_between_halves_of_equal_scores_is_a_difference() -> None:
    halves = compare_halves([0.0] * 20 + [1.0] * 20)
    assert halves is not None
    assert halves.differ


def test_the_same_scores_give_the_same_p_value() -> None:
    scores = autoregressive(100, lag_one=0.3)
    assert compare_halves(scores) == compare_halves(scores)
