import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.unlike import MAX_SHARE, MIN_FILES, deviations, to_leave_out

NORMAL = np.random.default_rng(0).normal(size=100)


def test_a_small_share_of_strange_files_is_left_out() -> None:
    scores = [*NORMAL, 30.0, 40.0]
    assert to_leave_out(scores).nonzero()[0].tolist() == [100, 101]


def test_of_more_than_the_stated_share_nobody_knows_which_are_normal() -> None:
    strange = [30.0] * 6
    assert len(strange) > MAX_SHARE * (len(NORMAL) + len(strange))
    assert not to_leave_out([*NORMAL, *strange]).any()


def test_files_that_score_lower_than_the_rest_are_not_strange() -> None:
    assert not to_leave_out([*NORMAL, -100.0]).any()


def test_of_few_files_none_is_left_out() -> None:
    assert not to_leave_out([*NORMAL[: MIN_FILES - 2], 1000.0]).any()
    assert not to_leave_out([]).any()


def test_where_most_files_score_the_same_none_is_strange() -> None:
    assert not deviations([1.0] * 30 + [9.0]).any()


def test_heavy_tails_are_normal() -> None:
    scores = np.random.default_rng(1).standard_t(4, size=1000)
    assert to_leave_out(scores).sum() <= 1


@given(st.integers(0, 5), st.floats(-100, 100), st.floats(0.1, 100))
def test_a_shift_or_another_unit_of_the_scores_changes_nothing(
    n_strange: int, shift: float, scale: float
) -> None:
    scores = np.array([*NORMAL, *[50.0] * n_strange])
    assert (to_leave_out(scores) == to_leave_out(scale * scores + shift)).all()
    assert to_leave_out(scores).sum() == n_strange
