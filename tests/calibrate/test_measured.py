"""Figures with intervals."""

import numpy as np
import pytest

from asd_monitor.calibrate.measured import FIGURES, Estimate, Measured, average, measure
from asd_monitor.calibrate.metrics import Costs


def measured_of(
    *, n: int = 200, shift: float = 1.0, threshold: float | None = 1.0, seed: int = 0
) -> Measured:
    rng = np.random.default_rng(seed)
    normal, anomalous = rng.normal(0, 1, n), rng.normal(shift, 1, n)
    return measure(normal, anomalous, threshold=threshold, costs=Costs(), seed=1, n_resamples=300)


def ends(estimate: Estimate) -> tuple[float, float, float]:
    assert estimate.low is not None
    assert estimate.value is not None
    assert estimate.high is not None
    return estimate.low, estimate.value, estimate.high


def test_the_interval_of_every_figure_holds_it_and_has_a_width() -> None:
    estimates = measured_of().estimates()
    assert tuple(estimates) == FIGURES
    for estimate in estimates.values():
        low, value, high = ends(estimate)
        assert low <= value <= high
        assert 0.01 < high - low < 0.3


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    truth = 0.76024994  # P(N(1, 1) > N(0, 1)) = Phi(1 / sqrt(2))
    held = 0
    for seed in range(60):
        low, _, high = ends(measured_of(n=60, seed=seed).estimates()["auc"])
        held += low <= truth <= high
    assert held >= 51  # of 60 at 95 %: fewer in 1 of 500 honest cases


def test_the_same_seed_gives_the_same_intervals() -> None:
    assert measured_of().estimates() == measured_of().estimates()


def test_the_bootstrap_keeps_the_classes_apart() -> None:
    resampled = measure(
        np.zeros(2), np.ones(50), threshold=0.5, costs=Costs(), seed=0, n_resamples=200
    ).resampled
    assert (resampled[:, FIGURES.index("auc")] == 1.0).all()


def test_without_a_threshold_only_what_needs_one_is_undefined() -> None:
    estimates = measured_of(threshold=None).estimates()
    undefined = {name for name, estimate in estimates.items() if estimate.value is None}
    assert undefined == {"f1", "false_alarm_rate", "miss_rate"}


def test_a_class_without_a_member_leaves_the_area_undefined_and_not_at_a_half() -> None:
    estimates = measure(
        np.arange(5.0), np.empty(0), threshold=3.5, costs=Costs(), seed=0, n_resamples=50
    ).estimates()
    assert estimates["auc"] == Estimate(None, None, None)
    assert estimates["miss_rate"] == Estimate(None, None, None)
    assert estimates["false_alarm_rate"].value == pytest.approx(1 / 5)


def test_the_average_is_the_mean_over_machines_with_a_narrower_interval() -> None:
    machines = [measured_of(seed=seed) for seed in range(4)]
    mean = average(machines).estimates()["auc"]
    single = [ends(machine.estimates()["auc"]) for machine in machines]
    low, value, high = ends(mean)
    assert value == pytest.approx(np.mean([middle for _, middle, _ in single]))
    assert high - low < min(above - below for below, _, above in single)


def test_an_average_with_an_undefined_figure_in_it_is_undefined() -> None:
    nothing = measure(
        np.ones(3), np.empty(0), threshold=None, costs=Costs(), seed=0, n_resamples=300
    )
    assert average([measured_of(), nothing]).estimates()["auc"].value is None
