"""What a hidden layer does besides its product, in one walk over its units, compiled by numba."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_ZERO = np.float32(0)


@njit(error_model="numpy")
def rectify(values: Floats, bias: Floats) -> None:
    """Add a bias ``(n_units,)`` to ``(n, n_units)`` and make zero what is below, in place."""
    for i in range(values.shape[0]):
        for unit in range(values.shape[1]):
            value = values[i, unit] + bias[unit]
            values[i, unit] = max(value, _ZERO)


@njit(error_model="numpy")
def rectify_gradient(gradient: Floats, values: Floats) -> None:
    """Make zero, in place, the gradient ``(n, n_units)`` in units whose value is zero."""
    for i in range(values.shape[0]):
        for unit in range(values.shape[1]):
            if values[i, unit] == _ZERO:
                gradient[i, unit] = _ZERO
