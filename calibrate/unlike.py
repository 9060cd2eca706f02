"""Recordings that score unlike the rest: anomalies that got among the normal ones, perhaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NAMED_ABOVE = 6.0
LEFT_OUT_ABOVE = 10.0
MAX_SHARE = 0.05
MIN_FILES = 20
_STD_PER_MAD = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlike:
    """A file that scores unlike the rest.

    Attributes:
        name: of the file.
        deviations: how far its score lies above that of the rest, in robust standard deviations.
    """

    name: str
    deviations: float


def deviations(scores: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each score lies above the median, in robust standard deviations, ``(n_scores,)``.

    The deviation is 1.4826 times the median distance from the median, which a minority of strange
    scores cannot move. All are 0 where fewer than `MIN_FILES` or where most scores are equal.
    """
    values = np.asarray(scores, dtype=np.float64)
    middle = np.median(values) if len(values) else 0.0
    spread = _STD_PER_MAD * np.median(np.abs(values - middle)) if len(values) else 0.0
    if len(values) < MIN_FILES or not spread > 0:
        return np.zeros(len(values))
    return np.asarray((values - middle) / spread)


def to_leave_out(scores: Sequence[float] | NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which files are so unlike the rest that they had better not set a threshold.

    Those more than `LEFT_OUT_ABOVE` robust standard deviations above the median, if they are no
    more than `MAX_SHARE` of all: of more, nobody knows which are the normal ones. The tail of
    Student's t with 4 degrees of freedom, heavier than that of any machine measured here, reaches
    so far once in 5,000 files.

    Args:
        scores: of whole files, ``(n_files,)``.
    """
    strange = deviations(scores) > LEFT_OUT_ABOVE
    if strange.sum() > MAX_SHARE * len(strange):
        return np.zeros(len(strange), dtype=np.bool_)
    return np.asarray(strange)
