import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.trend import LEAST_MEANS, Trend, trend_of
from tests.support.clip_scores import autoregressive

N = 36
finite = st.floats(-1e6, 1e6)


def noise(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(0.0, 0.3, N)


@pytest.mark.parametrize("seed", range(20))
def test_a_score_that_climbs_by_two_spreads_is_rising_and_its_mirror_is_falling(seed: int) -> None:
    climbing = np.linspace(0.0, 2.0, N) + noise(seed)
    assert trend_of(climbing, spread=1.0) is Trend.RISING
    assert trend_of(-climbing, spread=1.0) is Trend.FALLING


@pytest.mark.parametrize("seed", range(20))
def test_a_score_that_wanders_as_normal_sound_does_is_steady(seed: int) -> None:
    wandering = 0.3 * autoregressive(N, lag_one=0.8, seed=seed)
    assert trend_of(wandering, spread=1.0) is Trend.STEADY


def test_a_short_event_is_no_trend() -> None:
    means = noise(1)
    means[-3:] += 50.0
    assert trend_of(means, spread=1.0) is Trend.STEADY


def test_a_climb_smaller_than_the_spread_is_none_however_certain() -> None:
    assert trend_of(np.linspace(0.0, 0.9, N), spread=1.0) is Trend.STEADY


@given(st.lists(finite, min_size=LEAST_MEANS, max_size=N), st.floats(0.01, 100.0))
def test_the_mirror_of_a_score_has_the_mirrored_trend(values: list[float], spread: float) -> None:
    mirrored = {Trend.RISING: Trend.FALLING, Trend.FALLING: Trend.RISING}
    trend = trend_of(np.array(values), spread=spread)
    assert trend is not None
    assert trend_of(-np.array(values), spread=spread) is mirrored.get(trend, trend)


def test_less_than_an_hour_has_no_trend() -> None:
    assert trend_of(np.arange(LEAST_MEANS - 1.0), spread=0.1) is None
