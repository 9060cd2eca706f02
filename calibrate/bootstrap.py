"""Resampling of scores that hang together in time: the moving-block bootstrap.

Whole stretches are drawn and not single scores, long against the time over which scores are
correlated, so that a resample hangs together as the original does (H. R. Künsch, "The jackknife
and the bootstrap for general stationary observations", Annals of Statistics 17, 1989).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MIN_BLOCK = 30
CORRELATION_TIMES = 10
_NEGLIGIBLE = 0.05


def correlation_time(stretches: Sequence[Floats]) -> float:
    """How many successive scores say as much as one independent score.

    It is one plus twice the sum of the autocorrelation, up to where that is first below 0.05.

    Args:
        stretches: scores of unbroken sound, ``(n_scores,)`` each; not all the same.

    Returns:
        At least 1.
    """
    mean = float(np.concatenate(stretches).mean())
    centred = [stretch - mean for stretch in stretches]
    variance = float(np.mean(np.concatenate(centred) ** 2))
    total = 1.0
    for lag in range(1, max(map(len, stretches)) // 2):
        products = np.concatenate([part[lag:] * part[:-lag] for part in centred])
        correlation = float(products.mean()) / variance
        if correlation < _NEGLIGIBLE:
            break
        total += 2 * correlation
    return total


def block_length(stretches: Sequence[Floats]) -> int:
    """Scores per block: ten correlation times, at least 30."""
    return max(MIN_BLOCK, math.ceil(CORRELATION_TIMES * correlation_time(stretches)))


def resample(
    stretches: Sequence[Floats],
    *,
    block: int,
    n_streams: int,
    n_scores: int,
    generator: np.random.Generator,
) -> Floats:
    """Join randomly drawn blocks to streams.

    Args:
        stretches: scores of unbroken sound, ``(n_scores,)`` each; those shorter than a block are
            left out, and at least one is not.
        block: scores per block.
        n_streams: how many streams.
        n_scores: length of each.
        generator: of the draws.

    Returns:
        ``(n_streams, n_scores)``.
    """
    long_enough = [stretch for stretch in stretches if len(stretch) >= block]
    ends = np.cumsum([len(stretch) for stretch in long_enough])
    starts = np.concatenate(
        [
            np.arange(end - len(stretch), end - block + 1)
            for stretch, end in zip(long_enough, ends, strict=True)
        ]
    )
    n_blocks = -(-n_scores // block)
    drawn = generator.choice(starts, (n_streams, n_blocks, 1)) + np.arange(block)
    return np.concatenate(long_enough)[drawn].reshape(n_streams, -1)[:, :n_scores]
