"""The figures of a detector on a set of labelled files, each with a bootstrap interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.metrics import (
    Costs,
    Scores,
    area,
    equal_error_rate,
    min_detection_cost,
    operate,
    partial_area,
    roc,
)

FIGURES = (
    "auc",
    "partial_auc",
    "equal_error_rate",
    "min_cost",
    "f1",
    "false_alarm_rate",
    "miss_rate",
)
"""In the order of columns; the last three are at the calibrated threshold."""

N_RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the interval that holds it with 95 % confidence; None where undefined.

    Attributes:
        value: on the files themselves.
        low: lower end of the percentile interval over resampled files.
        high: upper end.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """All figures of `FIGURES`, NaN where undefined.

    Attributes:
        values: on the files themselves, ``(n_figures,)``.
        resampled: on resampled files, ``(n_resamples, n_figures)``.
    """

    values: NDArray[np.float64]
    resampled: NDArray[np.float64]

    def estimates(self) -> dict[str, Estimate]:
        """Every figure by name, with its interval."""
        tail = 50 * (1 - CONFIDENCE)
        low, high = np.percentile(self.resampled, [tail, 100 - tail], axis=0)
        rows = zip(FIGURES, self.values, low, high, strict=True)
        return {name: Estimate(*map(_defined, numbers)) for name, *numbers in rows}


def measure(
    normal: Scores,
    anomalous: Scores,
    *,
    threshold: float | None,
    costs: Costs,
    seed: int | tuple[int, ...],
    n_resamples: int = N_RESAMPLES,
) -> Measured:
    """Measure on files and on resamples of them.

    The bootstrap draws files with replacement within each class, so that both keep their size
    (stratified; B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993).

    Args:
        normal: scores of normal files, ``(n_normal,)``.
        anomalous: scores of anomalous files, ``(n_anomalous,)``.
        threshold: that the calibration set; None where there is none.
        costs: of a miss and of a false alarm.
        seed: of the resampling; for an average, another one for each machine.
        n_resamples: how many resamples to draw.
    """
    rng = np.random.default_rng(seed)
    resampled = [
        _figures(_redrawn(normal, rng), _redrawn(anomalous, rng), threshold, costs)
        for _ in range(n_resamples)
    ]
    return Measured(_figures(normal, anomalous, threshold, costs), np.stack(resampled))


def average(measured: Sequence[Measured]) -> Measured:
    """The mean over machines, never pooled over them; undefined where one of them is."""
    return Measured(
        np.mean([one.values for one in measured], axis=0),
        np.mean([one.resampled for one in measured], axis=0),
    )


def _redrawn(scores: Scores, rng: np.random.Generator) -> Scores:
    return scores[rng.integers(0, len(scores), len(scores))] if len(scores) else scores


def _figures(
    normal: Scores, anomalous: Scores, threshold: float | None, costs: Costs
) -> NDArray[np.float64]:
    curve = roc(normal, anomalous)
    by_rank = (
        [None] * 4
        if curve is None
        else [
            area(curve),
            partial_area(curve),
            equal_error_rate(curve),
            min_detection_cost(curve, costs),
        ]
    )
    if threshold is None:
        at_threshold: list[float | None] = [None] * 3
    else:
        operation = operate(normal, anomalous, threshold=threshold)
        at_threshold = [operation.f1, operation.false_alarm_rate, operation.miss_rate]
    return np.array([*by_rank, *at_threshold], dtype=np.float64)


def _defined(number: float) -> float | None:
    return None if math.isnan(number) else float(number)
