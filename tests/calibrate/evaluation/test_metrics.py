"""The figures of an evaluation, against scikit-learn, published values and arithmetic."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from asd_monitor.calibrate.evaluation.metrics import (
    Costs,
    Roc,
    area,
    equal_error_rate,
    min_detection_cost,
    operate,
    partial_area,
    roc,
)
from asd_monitor.models.errors import ConfigurationError

PUBLISHED = Path(__file__).parents[4] / "shared" / "data" / "metrics"

Scores = NDArray[np.float64]

# Few values, so that ties within and across the classes are common.
some_scores = st.lists(st.integers(0, 12), min_size=1, max_size=40).map(
    lambda values: np.array(values, dtype=np.float64)
)


def curve_of(normal: Scores, anomalous: Scores) -> Roc:
    curve = roc(normal, anomalous)
    assert curve is not None
    return curve


def by_scikit_learn(normal: Scores, anomalous: Scores, max_fpr: float | None) -> float:
    labels = np.r_[np.zeros(len(normal)), np.ones(len(anomalous))]
    return float(roc_auc_score(labels, np.r_[normal, anomalous], max_fpr=max_fpr))


@given(normal=some_scores, anomalous=some_scores)
def test_areas_are_those_of_scikit_learn_ties_included(normal: Scores, anomalous: Scores) -> None:
    curve = curve_of(normal, anomalous)
    assert area(curve) == pytest.approx(by_scikit_learn(normal, anomalous, None), abs=1e-12)
    assert partial_area(curve) == pytest.approx(by_scikit_learn(normal, anomalous, 0.1), abs=1e-12)


@pytest.mark.shared
def test_published_figures_are_reproduced_to_four_decimals() -> None:
    if not PUBLISHED.is_dir():
        pytest.skip(f"there are no published scores in {PUBLISHED}")
    with (PUBLISHED / "result.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if len(row) == 3 and row[0] != "id"]
    published = {name: (float(auc), float(pauc)) for name, auc, pauc in rows}
    found = {}
    for machine_id in ("01", "02", "03", "04"):
        with (PUBLISHED / f"anomaly_score_ToyCar_id_{machine_id}.csv").open(
            encoding="utf-8"
        ) as file:
            scored = [(name, float(score)) for name, score in csv.reader(file)]
        normal = np.array([score for name, score in scored if name.startswith("normal")])
        anomalous = np.array([score for name, score in scored if name.startswith("anomaly")])
        assert len(normal) + len(anomalous) == len(scored)
        curve = curve_of(normal, anomalous)
        found[machine_id] = (area(curve), partial_area(curve))
    found["Average"] = tuple(np.mean(list(found.values()), axis=0))
    assert found.keys() == published.keys()
    for name, figures in published.items():
        assert found[name] == pytest.approx(figures, abs=5e-5)


@given(normal=some_scores, anomalous=some_scores)
def test_at_the_equal_error_rate_the_two_errors_are_equal(
    normal: Scores, anomalous: Scores
) -> None:
    curve = curve_of(normal, anomalous)
    rate = equal_error_rate(curve)
    # Where the curve rises straight up, it passes through all detection rates there.
    at = curve.detections[np.isclose(curve.false_alarms, rate)]
    if len(at):
        assert 1 - at.max() <= rate + 1e-12
        assert 1 - at.min() >= rate - 1e-12
    else:
        detections = np.interp(rate, curve.false_alarms, curve.detections)
        assert 1 - detections == pytest.approx(rate)


def test_chance_perfection_and_the_opposite_have_their_known_figures() -> None:
    low, high = np.arange(10.0), np.arange(10.0) + 100
    perfect, worst = curve_of(low, high), curve_of(high, low)
    blind = curve_of(low * 0, high * 0)
    figures = [(area(c), partial_area(c), equal_error_rate(c)) for c in (perfect, blind, worst)]
    assert figures[0] == pytest.approx((1.0, 1.0, 0.0))
    assert figures[1] == pytest.approx((0.5, 0.5, 0.5))
    assert figures[2][0] == pytest.approx(0.0)
    assert figures[2][2] == pytest.approx(1.0)


@given(
    normal=some_scores,
    anomalous=some_scores,
    miss=st.floats(0.01, 100),
    false_alarm=st.floats(0.01, 100),
)
def test_the_minimum_cost_is_that_of_the_best_of_all_thresholds(
    normal: Scores, anomalous: Scores, miss: float, false_alarm: float
) -> None:
    thresholds = [-np.inf, *np.r_[normal, anomalous], np.inf]
    tried = [
        miss * np.mean(anomalous <= threshold) + false_alarm * np.mean(normal > threshold)
        for threshold in thresholds
    ]
    cost = min_detection_cost(
        curve_of(normal, anomalous), Costs(miss=miss, false_alarm=false_alarm)
    )
    assert cost == pytest.approx(min(tried) / min(miss, false_alarm))
    assert cost <= 1 + 1e-12


@pytest.mark.parametrize("costs", [(0.0, 1.0), (1.0, -2.0), (float("nan"), 1.0)])
def test_costs_that_are_not_above_zero_are_refused(costs: tuple[float, float]) -> None:
    with pytest.raises(ConfigurationError, match="above zero"):
        Costs(miss=costs[0], false_alarm=costs[1])


def test_a_threshold_is_counted_as_the_decision_counts_it() -> None:
    operation = operate(np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 3.0, 5.0]), threshold=3.0)
    assert operation.false_alarm_rate == pytest.approx(1 / 4)
    assert operation.miss_rate == pytest.approx(2 / 3)
    assert operation.f1 == pytest.approx(2 * 1 / (2 * 1 + 1 + 2))


def test_without_a_member_of_a_class_no_figure_is_made_up() -> None:
    none, some = np.empty(0), np.array([1.0, 2.0])
    assert roc(none, some) is None
    assert roc(some, none) is None
    without_anomalies = operate(some, none, threshold=1.5)
    assert without_anomalies.f1 is None
    assert without_anomalies.miss_rate is None
    assert without_anomalies.false_alarm_rate == 0.5
