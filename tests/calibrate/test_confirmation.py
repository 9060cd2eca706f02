import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.confirmation import DecisionSettings, confirmed_scores
from asd_monitor.models.errors import ConfigurationError


def test_the_median_of_five_confirms_three_of_five() -> None:
    confirmed = confirmed_scores(np.array([1.0, 5, 2, 4, 3, 9]), 3, 5)
    assert confirmed.tolist() == [-np.inf, -np.inf, 1, 2, 3, 4]


def test_a_session_too_short_to_confirm_is_judged_on_all_it_has() -> None:
    assert confirmed_scores(np.array([4.0]), 3, 5).tolist() == [4]
    assert confirmed_scores(np.array([4.0, 2]), 3, 5).tolist() == [-np.inf, 2]


def test_one_of_one_is_the_score_itself() -> None:
    scores = np.array([3.0, 1, 2])
    assert confirmed_scores(scores, 1, 1).tolist() == scores.tolist()


def test_no_clips_confirm_nothing() -> None:
    assert confirmed_scores(np.empty(0), 3, 5).shape == (0,)


@given(
    st.lists(st.floats(-10, 10), min_size=1, max_size=30),
    st.integers(1, 5),
    st.integers(0, 4),
    st.floats(-10, 10),
)
def test_it_exceeds_just_where_m_of_the_last_n_do(
    scores: list[float], m: int, more: int, threshold: float
) -> None:
    n = m + more
    confirmed = confirmed_scores(np.array(scores), m, n)
    for i in range(len(scores)):
        recent = scores[max(0, i + 1 - n) : i + 1]
        last_of_short = len(scores) < m and i == len(scores) - 1
        needed = len(scores) if last_of_short else m
        assert (confirmed[i] > threshold) == (sum(s > threshold for s in recent) >= needed)


@pytest.mark.parametrize(
    "settings",
    [
        {"confirm_m": 0},
        {"confirm_m": 6},
        {"clear_n": 0},
        {"hysteresis": -0.1},
        {"hysteresis": 1.1},
        {"cooldown_s": -1.0},
        {"cooldown_s": float("nan")},
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match="decision settings"):
        DecisionSettings(**settings)  # type: ignore[arg-type]
