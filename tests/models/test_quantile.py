import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from asd_monitor.models.quantile import quantile

SHAPES = array_shapes(min_dims=1, max_dims=2, max_side=50)


@given(arrays(np.float64, SHAPES, elements=st.floats(-1e6, 1e6)), st.floats(0, 1))
def test_it_is_numpys_to_the_bit(values: NDArray[np.float64], share: float) -> None:
    np.testing.assert_array_equal(quantile(values, share), np.quantile(values, share, axis=-1))


@given(arrays(np.float32, SHAPES, elements=st.floats(-1e6, 1e6, width=32)), st.floats(0, 1))
def test_single_precision_is_interpolated_in_double(
    values: NDArray[np.float32], share: float
) -> None:
    expected = np.quantile(values.astype(np.float64), share, axis=-1)
    np.testing.assert_array_equal(quantile(values, share), expected)


def test_values_are_left_alone() -> None:
    values = np.array([3.0, 1.0, 2.0])
    assert quantile(values, 0.5) == 2.0
    assert values.tolist() == [3.0, 1.0, 2.0]
