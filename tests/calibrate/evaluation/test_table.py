"""From trials to rows."""

import pytest

from asd_monitor.calibrate.evaluation.measured import FIGURES
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.calibrate.evaluation.table import MEAN, Row, evaluate
from tests.support.scored import a_trial


def places(rows: list[Row]) -> list[tuple[str, str, str]]:
    return [(row.kind, row.machine_id, row.detector) for row in rows]


def test_each_type_has_its_machines_then_the_means_of_its_detectors() -> None:
    trials = [
        a_trial(kind=kind, machine_id=machine_id, detector=detector)
        for kind, machine_id in (("fan", "id_02"), ("fan", "id_00"), ("press", "id_00"))
        for detector in ("group-made", "gaussian")
    ]
    assert places(evaluate(trials, costs=Costs(), seed=0)) == [
        ("fan", "id_00", "group-made"),
        ("fan", "id_00", "gaussian"),
        ("fan", "id_02", "group-made"),
        ("fan", "id_02", "gaussian"),
        ("fan", MEAN, "group-made"),
        ("fan", MEAN, "gaussian"),
        ("press", "id_00", "group-made"),
        ("press", "id_00", "gaussian"),
    ]


def test_a_mean_is_over_machines_and_not_pooled_over_their_files() -> None:
    # Each machine is told apart perfectly, at levels that no common threshold fits.
    low = a_trial([0.0, 1.0], [2.0, 3.0], machine_id="id_00")
    high = a_trial([100.0, 101.0], [102.0, 103.0], machine_id="id_02")
    mean = evaluate([low, high], costs=Costs(), seed=0)[-1]
    assert mean.machine_id == MEAN
    assert mean.figures["auc"].value == 1.0
    assert (mean.n_normal, mean.n_anomalous, mean.threshold) == (4, 4, None)


def test_figures_at_the_threshold_are_counted_and_others_by_rank() -> None:
    (row,) = evaluate([a_trial()], costs=Costs(), seed=0)
    assert tuple(row.figures) == FIGURES
    assert row.figures["auc"].value == pytest.approx(11 / 12)
    assert row.figures["false_alarm_rate"].value == 0.0
    assert row.figures["miss_rate"].value == pytest.approx(1 / 3)
    assert row.figures["f1"].value == pytest.approx(0.8)


def test_a_class_without_a_member_is_undefined_here_and_in_the_mean() -> None:
    rows = evaluate(
        [a_trial(machine_id="id_00"), a_trial(anomalous=[], machine_id="id_02")],
        costs=Costs(),
        seed=0,
    )
    assert [row.figures["auc"].value is None for row in rows] == [False, True, True]
    assert rows[-1].figures["false_alarm_rate"].value == 0.0
