"""The figures of a detector on a set of labelled files, each with a bootstrap interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.evaluation.metrics import (
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
    "auc_source",
    "auc_target",
    "harmonic_mean",
    "equal_error_rate",
    "min_cost",
    "f1",
    "false_alarm_rate",
    "miss_rate",
)
"""In the order of columns; the last three are at the calibrated threshold.

Those of the domains are DCASE's since 2022 (K. Dohi et al., "Description and Discussion on DCASE
2022 Challenge Task 2", DCASE Workshop 2022): the area of a domain is that of all anomalous files of
a section against its normal files of that domain, and the harmonic mean is over both and the
partial area of all files.
"""

HARMONIC = FIGURES.index("harmonic_mean")
"""Averaged over machines harmonically, as DCASE's official score is."""

DECIMALS = 12
"""Of a figure; what is beyond them is rounding."""

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
    are_target: NDArray[np.bool_] | None = None,
    n_resamples: int = N_RESAMPLES,
) -> Measured:
    """Measure on files and on resamples of them.

    The bootstrap draws files with replacement within each class and domain, so that all keep their
    size (stratified; B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993). The
    same seed draws the same places of files, whatever their scores.

    Args:
        normal: scores of normal files, ``(n_normal,)``.
        anomalous: scores of anomalous files, ``(n_anomalous,)``.
        threshold: that the calibration set; None where there is none.
        costs: of a miss and of a false alarm.
        seed: of the resampling; for an average, another one for each machine.
        are_target: which normal files are of the target domain; None where there are no domains.
        n_resamples: how many resamples to draw.
    """
    rng = np.random.default_rng(seed)
    domains = [normal] if are_target is None else [normal[~are_target], normal[are_target]]
    resampled = [
        _figures([_redrawn(d, rng) for d in domains], _redrawn(anomalous, rng), threshold, costs)
        for _ in range(n_resamples)
    ]
    return Measured(_figures(domains, anomalous, threshold, costs), np.stack(resampled))


def average(measured: Sequence[Measured]) -> Measured:
    """The mean over machines, never pooled over them; undefined where one of them is."""
    return Measured(
        _averaged(np.stack([one.values for one in measured])),
        _averaged(np.stack([one.resampled for one in measured])),
    )


def difference(one: Measured, other: Measured) -> Measured:
    """How much higher the figures of one are, resample by resample, both of the same seed."""
    return Measured(one.values - other.values, one.resampled - other.resampled)


def _averaged(figures: NDArray[np.float64]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = figures.mean(axis=0)
    mean[..., HARMONIC] = _harmonic_mean(figures[..., HARMONIC])
    return mean


def _harmonic_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Along the first axis; 0 where one is 0."""
    least = np.finfo(np.float64).tiny
    return np.asarray(len(values) / (1 / np.maximum(values, least)).sum(axis=0))


def _redrawn(scores: Scores, rng: np.random.Generator) -> Scores:
    return scores[rng.integers(0, len(scores), len(scores))] if len(scores) else scores


def _figures(
    domains: Sequence[Scores], anomalous: Scores, threshold: float | None, costs: Costs
) -> NDArray[np.float64]:
    normal = np.concatenate(domains)
    curve = roc(normal, anomalous)
    by_rank = (
        [None] * 7
        if curve is None
        else [
            area(curve),
            partial_area(curve),
            *_of_domains(domains, anomalous, partial_area(curve)),
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


def _of_domains(
    domains: Sequence[Scores], anomalous: Scores, partial: float
) -> tuple[float | None, float | None, float | None]:
    """Areas of source and target domain, and the harmonic mean of both and the partial area."""
    if len(domains) == 1:
        return None, None, None
    source, target = (roc(normal, anomalous) for normal in domains)
    areas = [None if curve is None else area(curve) for curve in (source, target)]
    known = [each for each in areas if each is not None]
    mean = float(_harmonic_mean(np.array([*known, partial]))) if len(known) == len(areas) else None
    return areas[0], areas[1], mean


def _defined(number: float) -> float | None:
    """Without the last bits, in which a sum of shares that is 1 is not, and 0 has a sign."""
    return None if math.isnan(number) else round(float(number), DECIMALS) + 0.0
