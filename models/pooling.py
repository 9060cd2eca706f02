"""From the scores of windows to one score."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.quantile import quantile

Scores = NDArray[np.float64]

PEAK_LEAST = 0.1
"""Units of the score: windows that differ by less have no peak, whatever they differ by."""


def pool(scores: Scores, pooling: str) -> float:
    """Pool window scores into one score.

    Ranked weights are the global weighted ranking pooling of A. Kolesnikov and C. Lampert (2016),
    as used on spectrograms by TWFR-GMM (J. Guan et al., 2023).

    Args:
        scores: ``(n_windows,)``, at least one.
        pooling: ``mean`` (steady sound), ``max`` (single impulses), ``peak``, the logarithm of how
            far the highest window is above the mean (single impulses, beside ``mean``; its scores
            of normal clips have no long tail), ``top:SHARE``, the mean of the highest share of the
            windows, above 0 and at most 1, at least one window (``top:0.1``; repeated impulses), or
            ``quantile:SHARE``, the score that this share of the windows does not exceed
            (``quantile:0.25``; machines among passing noise).

    Raises:
        ConfigurationError: there is no such pooling.
        ValueError: there are no scores.
    """
    if not len(scores):
        raise ValueError("there are no window scores to pool")
    return parse_pooling(pooling)(scores)


def parse_pooling(pooling: str) -> Callable[[Scores], float]:
    """Return the function that a pooling's name stands for; see `pool`.

    Raises:
        ConfigurationError: there is no such pooling.
    """
    kind, colon, argument = pooling.partition(":")
    if kind in _WITH_SHARE and colon:
        return _WITH_SHARE[kind](_share(argument, pooling))
    if pooling in _PLAIN:
        return _PLAIN[pooling]
    raise ConfigurationError(
        f"The pooling {pooling!r} is not known; use mean, max, peak, top:SHARE such as top:0.1, "
        "quantile:SHARE such as quantile:0.25, or ranked:RATIO such as ranked:0.99."
    )


def _top(share: float) -> Callable[[Scores], float]:
    def mean_of_top(scores: Scores) -> float:
        n_top = max(1, round(share * len(scores)))
        return float(np.partition(scores, len(scores) - n_top)[-n_top:].mean())

    return mean_of_top


def _quantile(share: float) -> Callable[[Scores], float]:
    return lambda scores: float(quantile(scores, share))


def _ranked(ratio: float) -> Callable[[Scores], float]:
    def weighted_by_rank(scores: Scores) -> float:
        weights = ratio ** np.arange(len(scores))
        return float(np.average(np.sort(scores)[::-1], weights=weights))

    return weighted_by_rank


def _peak(scores: Scores) -> float:
    return math.log(scores.max() - scores.mean() + PEAK_LEAST)


def _share(argument: str, pooling: str) -> float:
    try:
        share = float(argument)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise ConfigurationError(
            f"The pooling {pooling!r} needs a number above 0 and at most 1, such as top:0.1."
        )
    return share


_PLAIN: dict[str, Callable[[Scores], float]] = {
    "mean": lambda scores: float(scores.mean()),
    "max": lambda scores: float(scores.max()),
    "peak": _peak,
}

_WITH_SHARE = {"top": _top, "quantile": _quantile, "ranked": _ranked}
