"""Quantiles without the checks that take `numpy.quantile` ten times as long as small arrays do."""

import numpy as np
from numpy.typing import NDArray


def quantile(
    values: NDArray[np.float32] | NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """What a share of the values does not exceed, interpolated linearly.

    To the bit what `numpy.quantile` says of the same values in double precision.

    Args:
        values: ``(..., n)``, finite, ``n`` at least 1; sorted in their own precision, in which
            processors sort many at a time.
        share: 0 to 1.

    Returns:
        float64 ``(...)``.
    """
    ordered = np.sort(values, axis=-1)
    position = share * (ordered.shape[-1] - 1)
    below = int(position)
    above = min(below + 1, ordered.shape[-1] - 1)
    low, high = ordered[..., below].astype(np.float64), ordered[..., above].astype(np.float64)
    beyond = position - below
    if beyond < 0.5:  # noqa: PLR2004 - from the nearer end, so that no rounding leaves the interval
        lower: NDArray[np.float64] = low + (high - low) * beyond
        return lower
    upper: NDArray[np.float64] = high - (high - low) * (1 - beyond)
    return upper
