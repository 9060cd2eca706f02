"""How well scores tell anomalous from normal sound: figures from arrays, without files.

Every figure follows from the ROC curve or from counts at one threshold. A figure for which a
class has no member is undefined: None here and null in files, never 0.5 or 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.errors import ConfigurationError

MAX_FALSE_ALARM_RATE = 0.1
"""The p of the partial AUC in DCASE Task 2."""

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """A receiver operating characteristic, from the strictest threshold to the loosest.

    Attributes:
        false_alarms: rate of normal files at or above each threshold, ascending from 0 to 1.
        detections: rate of anomalous files at or above the same, ascending from 0 to 1.
    """

    false_alarms: Scores
    detections: Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a mistake costs, the shares of normal and anomalous sound included.

    Attributes:
        miss: of an anomalous file that is not told.
        false_alarm: of a normal file that is.

    Raises:
        ConfigurationError: a cost is not above zero.
    """

    miss: float = 1.0
    false_alarm: float = 1.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not (self.miss > 0 and self.false_alarm > 0):
            raise ConfigurationError(
                f"the costs of a miss ({self.miss}) and of a false alarm ({self.false_alarm}) must "
                "both be above zero"
            )


def roc(normal: Scores, anomalous: Scores) -> Roc | None:
    """Trace the ROC curve; equal scores are one step of it.

    Args:
        normal: scores of normal files, ``(n_normal,)``.
        anomalous: scores of anomalous files, ``(n_anomalous,)``; higher is worse.

    Returns:
        The curve, None where a class has no member.
    """
    if not len(normal) or not len(anomalous):
        return None
    scores = np.concatenate([normal, anomalous])
    order = np.argsort(-scores, kind="stable")
    is_anomalous = (order >= len(normal)).astype(np.float64)
    last_of_ties = np.r_[np.diff(scores[order]) != 0, True]
    n_told = np.arange(1, len(scores) + 1)[last_of_ties]
    n_detected = np.cumsum(is_anomalous)[last_of_ties]
    return Roc(
        false_alarms=np.r_[0.0, (n_told - n_detected) / len(normal)],
        detections=np.r_[0.0, n_detected / len(anomalous)],
    )


def area(curve: Roc) -> float:
    """Area under the ROC curve; 0.5 is chance, 1 is perfect."""
    return float(np.trapezoid(curve.detections, curve.false_alarms))


def partial_area(curve: Roc, *, max_false_alarm_rate: float = MAX_FALSE_ALARM_RATE) -> float:
    """Area under the ROC curve up to a false-alarm rate, standardised to 0.5 for chance.

    This is the pAUC of DCASE Task 2 and of scikit-learn's ``roc_auc_score(..., max_fpr=0.1)``
    (D. K. McClish, "Analyzing a portion of the ROC curve", Medical Decision Making 9, 1989).
    """
    p = max_false_alarm_rate
    n_inside = int(np.searchsorted(curve.false_alarms, p, side="right"))
    at_p = np.interp(p, curve.false_alarms, curve.detections)
    inside = np.r_[curve.false_alarms[:n_inside], p], np.r_[curve.detections[:n_inside], at_p]
    chance, perfect = p**2 / 2, p
    return float(0.5 * (1 + (np.trapezoid(inside[1], inside[0]) - chance) / (perfect - chance)))


def equal_error_rate(curve: Roc) -> float:
    """The rate at which false alarms and misses are equally frequent, on the line between steps."""
    surplus = curve.false_alarms - (1 - curve.detections)
    after = int(np.argmax(surplus >= 0))
    before = after - 1  # the curve begins at a surplus of -1
    step = -surplus[before] / (surplus[after] - surplus[before])
    return float(
        curve.false_alarms[before] + step * (curve.false_alarms[after] - curve.false_alarms[before])
    )


def min_detection_cost(curve: Roc, costs: Costs) -> float:
    """Cost of the best threshold there is; 1 is what never or always alarming costs.

    The detection cost function of NIST's speaker recognition evaluations, normalised, with the
    prior of an anomaly within the costs.
    """
    misses = 1 - curve.detections
    cost = costs.miss * misses + costs.false_alarm * curve.false_alarms
    return float(cost.min() / min(costs.miss, costs.false_alarm))


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one threshold did to some files.

    Attributes:
        f1: harmonic mean of precision and detection rate.
        false_alarm_rate: share of normal files above the threshold.
        miss_rate: share of anomalous files not above it.
    """

    f1: float | None
    false_alarm_rate: float | None
    miss_rate: float | None


def operate(normal: Scores, anomalous: Scores, *, threshold: float) -> Operation:
    """Apply a threshold; a file alarms where its score is above it, as the decision has it."""
    false_alarms, found = int((normal > threshold).sum()), int((anomalous > threshold).sum())
    misses = len(anomalous) - found
    f1 = 2 * found / (2 * found + false_alarms + misses) if len(normal) and len(anomalous) else None
    return Operation(
        f1=f1,
        false_alarm_rate=false_alarms / len(normal) if len(normal) else None,
        miss_rate=misses / len(anomalous) if len(anomalous) else None,
    )
