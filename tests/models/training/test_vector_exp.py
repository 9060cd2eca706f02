"""The exponential function for compiled loops is the exponential function."""

from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from numpy.typing import NDArray

from asd_monitor.models.training.vector_exp import SMALLEST, exp

Floats = NDArray[np.float32]
IN_RANGE = st.floats(float(SMALLEST), 88, width=32)


def _exponentials(values: Floats) -> Floats:
    result = np.empty_like(values)
    for i in range(len(values)):
        result[i] = exp(values[i])
    return result


exponentials = cast("Callable[[Floats], Floats]", njit(_exponentials))


def exponential(value: float) -> np.float32:
    only: np.float32 = exponentials(np.full(1, value, np.float32))[0]
    return only


@given(st.lists(IN_RANGE, min_size=1, max_size=40))
def test_is_right_to_two_units_of_the_last_place(values: list[float]) -> None:
    single = np.array(values, np.float32)
    right = np.exp(single.astype(np.float64))
    unit = np.spacing(right.astype(np.float32))
    assert (np.abs(exponentials(single) - right) <= 2 * unit).all()


def test_of_zero_is_one() -> None:
    assert exponential(0) == 1
    assert exponential(-0.0) == 1


@pytest.mark.parametrize("value", [-60.1, -100, -1e30, -np.inf])
def test_far_below_zero_is_nothing(value: float) -> None:
    assert exponential(value) == 0


def test_what_is_no_number_stays_none() -> None:
    assert np.isnan(exponential(np.nan))
