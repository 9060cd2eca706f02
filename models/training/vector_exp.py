"""The exponential function of single precision, for loops that numba compiles.

numba calls the C library's for every number. This one is arithmetic throughout, so that a loop
around it works on as many numbers at once as the processor can.
"""

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

SMALLEST = np.float32(-60)
"""Below this the function is zero. Beside 1 it is nothing there, and many processors are slow with
numbers that are nearly as small as numbers can be."""

_PER_LN_2 = np.float32(1 / math.log(2))
_LN_2_HIGH = np.float32(355 / 512)
"""Of few binary digits: its product with an exponent is exact."""
_LN_2_LOW = np.float32(math.log(2) - 355 / 512)
_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)
_2, _3, _4, _5, _6, _7 = (np.float32(1 / math.factorial(k)) for k in range(2, 8))
_BIAS, _MANTISSA_BITS = np.int32(127), np.int32(23)


@intrinsic
def _bits_as_float(_typing: Any, _bits: Any) -> Any:  # noqa: ANN401 - numba has no types
    """Read the bits of an int32 as a float32."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return types.float32(types.int32), generate


_as_float = cast("Callable[[np.int32], np.float32]", _bits_as_float)


@njit(inline="always", fastmath={"contract"})
def exp(x: np.float32) -> np.float32:
    """``exp(x)`` to a unit or two of the last place, zero below `SMALLEST`; ``x`` is at most 88.

    Two to the nearest whole exponent, times the series up to the seventh power for what is left (at
    most half of log 2, so that the eighth would be below a unit of the last place).
    """
    # NaN has no exponent; it stays in the remainder.
    exponent = np.floor(max(SMALLEST, x) * _PER_LN_2 + _HALF)
    r = x - exponent * _LN_2_HIGH - exponent * _LN_2_LOW
    series = ((((_7 * r + _6) * r + _5) * r + _4) * r + _3) * r + _2
    two_to_exponent = _as_float((np.int32(exponent) + _BIAS) << _MANTISSA_BITS)
    result: np.float32 = ((series * r + _ONE) * r + _ONE) * two_to_exponent
    return _ZERO if x < SMALLEST else result
