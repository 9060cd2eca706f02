"""Figures with intervals."""

import numpy as np
import pytest
from scipy.stats import hmean

from asd_monitor.calibrate.evaluation.measured import (
    FIGURES,
    Estimate,
    Measured,
    average,
    difference,
    measure,
)
from asd_monitor.calibrate.evaluation.metrics import Costs


def measured_of(
    *, n: int = 200, shift: float = 1.0, threshold: float | None = 1.0, seed: int = 0
) -> Measured:
    rng = np.random.default_rng(seed)
    normal, anomalous = rng.normal(0, 1, n), rng.normal(shift, 1, n)
    return measure(
        normal,
        anomalous,
        threshold=threshold,
        costs=Costs(),
        are_target=np.arange(n) % 3 == 0,
        seed=1,
        n_resamples=300,
    )


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


def test_files_that_are_told_apart_without_fail_leave_no_rounding_behind() -> None:
    apart = measured_of(n=21, shift=100.0)
    assert apart.estimates()["auc"] == Estimate(1.0, 1.0, 1.0)
    ends_of_none = [repr(end) for end in ends(difference(apart, apart).estimates()["auc"])]
    assert ends_of_none == ["0.0"] * 3


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


def test_a_domain_is_judged_by_its_normal_files_against_all_anomalies() -> None:
    # The target's normal files score as high as the anomalies, the source's do not.
    normal, are_target = np.array([0.0, 0.1, 5.0, 6.0]), np.array([False, False, True, True])
    figures = measure(
        normal,
        np.array([4.5, 5.5, 6.5]),
        threshold=None,
        costs=Costs(),
        are_target=are_target,
        seed=0,
        n_resamples=50,
    ).estimates()
    assert figures["auc_source"] == Estimate(1.0, 1.0, 1.0)
    assert figures["auc_target"].value == pytest.approx(3 / 6)
    assert figures["auc"].value == pytest.approx((6 + 3) / 12)
    partial, mean = figures["partial_auc"].value, figures["harmonic_mean"].value
    assert partial is not None
    assert mean == pytest.approx(hmean([1.0, 3 / 6, partial]))


def test_without_domains_nothing_is_said_of_them() -> None:
    figures = measure(
        np.zeros(3), np.ones(3), threshold=None, costs=Costs(), seed=0, n_resamples=20
    ).estimates()
    for name in ("auc_source", "auc_target", "harmonic_mean"):
        assert figures[name] == Estimate(None, None, None)


def test_the_official_score_is_harmonic_over_all_machines_and_domains() -> None:
    machines = [measured_of(seed=seed, n=60) for seed in range(3)]
    terms = [
        value
        for machine in machines
        for name in ("auc_source", "auc_target", "partial_auc")
        if (value := machine.estimates()[name].value) is not None
    ]
    assert average(machines).estimates()["harmonic_mean"].value == pytest.approx(hmean(terms))


def test_a_difference_on_the_same_files_is_surer_than_the_two_figures() -> None:
    rng = np.random.default_rng(0)
    scores = [rng.normal(0, 1, 100), rng.normal(1, 1, 100)]
    blurred = [each + rng.normal(0, 0.3, 100) for each in scores]

    def of(two: list[np.ndarray]) -> Measured:
        return measure(*two, threshold=None, costs=Costs(), seed=1, n_resamples=300)

    low, value, high = ends(difference(of(scores), of(blurred)).estimates()["auc"])
    assert low <= value <= high
    alone = ends(of(scores).estimates()["auc"])
    assert high - low < 0.6 * (alone[2] - alone[0])
    assert difference(of(scores), of(scores)).estimates()["auc"] == Estimate(0.0, 0.0, 0.0)
