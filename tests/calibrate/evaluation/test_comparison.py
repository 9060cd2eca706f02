"""Which detector is better, on the same files."""

import numpy as np
import pytest

from asd_monitor.calibrate.evaluation.comparison import Comparison, compare
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.calibrate.evaluation.table import MEAN
from asd_monitor.calibrate.evaluation.trial import Trial
from tests.support.scored import a_trial

RANDOM = np.random.default_rng(0)
NORMAL, ANOMALOUS = RANDOM.normal(0, 1, 60), RANDOM.normal(1, 1, 60)


def compared(*trials: Trial) -> list[Comparison]:
    return compare(trials, costs=Costs(), seed=0)


def trial(noise: float, detector: str, machine_id: str = "id_00") -> Trial:
    normal = NORMAL + noise * RANDOM.normal(size=60)
    anomalous = ANOMALOUS + noise * RANDOM.normal(size=60)
    return a_trial(normal.tolist(), anomalous.tolist(), detector=detector, machine_id=machine_id)


def test_what_hears_better_is_told_from_what_hears_worse() -> None:
    (found,) = compared(trial(0.0, "good"), trial(3.0, "bad"))
    assert (found.detector, found.than, found.n_files) == ("good", "bad", 120)
    auc = found.differences["auc"]
    assert auc.low is not None
    assert auc.low > 0


def test_a_detector_is_no_better_than_one_with_the_same_ranks() -> None:
    same = a_trial((2 * NORMAL).tolist(), (2 * ANOMALOUS).tolist(), detector="other")
    (found,) = compared(trial(0.0, "one"), same)
    estimates = [(e.value, e.low, e.high) for e in found.differences.values()]
    assert estimates == [(0.0, 0.0, 0.0)] * 2


def test_every_pair_is_compared_on_every_machine_and_in_the_mean() -> None:
    trials = [trial(0.5, name, id_) for id_ in ("id_00", "id_02") for name in ("a", "b", "c")]
    found = compared(*trials)
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    assert [(each.machine_id, each.detector, each.than) for each in found] == [
        (machine_id, *pair) for machine_id in ("id_00", "id_02", MEAN) for pair in pairs
    ]
    of_pair = [each.differences["auc"].value for each in found[::3]]
    assert of_pair[2] == pytest.approx(np.mean(np.array(of_pair[:2], dtype=float)))


def test_files_that_one_detector_could_not_score_count_for_neither() -> None:
    whole = trial(0.0, "whole")
    part = a_trial(NORMAL[:40].tolist(), ANOMALOUS[:40].tolist(), detector="part")
    (found,) = compared(whole, part)
    assert found.n_files == 80
    assert found.differences["auc"].value == 0.0


def test_one_detector_alone_is_compared_with_nothing() -> None:
    assert compared(trial(0.0, "alone")) == []


def test_a_class_without_a_member_leaves_the_difference_undefined() -> None:
    (found,) = compared(*(a_trial(anomalous=[], detector=name) for name in "ab"))
    assert found.differences["auc"].value is None
