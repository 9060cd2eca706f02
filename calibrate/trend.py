"""Whether a machine's score has been rising or falling for hours. Pure.

A trend has to be certain and it has to matter: the test of Mann and Kendall
(https://doi.org/10.2307/1907187) finds an order in the means of consecutive stretches, and the
slope of Theil and Sen (https://doi.org/10.1080/01621459.1968.10480934) says how far the score has
moved. Both look at ranks or medians, so that a short event among them is no trend.
"""

import enum
import math

import numpy as np
from numpy.typing import NDArray

LEAST_MEANS = 6
CERTAIN_Z = 2.58
"""Standard deviations of Kendall's sum, were there no order: exceeded once in a hundred times by
independent means. Means of neighbouring stretches depend on each other, so this alone is not
enough."""


class Trend(enum.StrEnum):
    """Which way the score has been going."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


def trend_of(means: NDArray[np.float64], *, spread: float) -> Trend | None:
    """Tell the trend of a score.

    Args:
        means: of consecutive stretches of time, oldest first, ``(n_stretches,)``.
        spread: how far the score of normal sound varies; a change smaller than that is none.

    Returns:
        The trend; None where there are fewer than `LEAST_MEANS` stretches.
    """
    n = len(means)
    if n < LEAST_MEANS:
        return None
    older, newer = np.triu_indices(n, k=1)
    differences = means[newer] - means[older]
    kendall = float(np.sign(differences).sum())
    z = kendall / math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    change = float(np.median(differences / (newer - older))) * (n - 1)
    if abs(z) < CERTAIN_Z or abs(change) < spread:
        return Trend.STEADY
    return Trend.RISING if change > 0 else Trend.FALLING
