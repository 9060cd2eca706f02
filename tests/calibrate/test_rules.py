"""Every sentence of the contract of a rule, over every file in the folder of rules."""

import math
import pkgutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, gamma, genpareto

from asd_monitor.calibrate import rules as rules_folder
from asd_monitor.calibrate.rule import Rule, choose_rule, find_rule, rules, scores_needed
from asd_monitor.calibrate.rules.conformal import Conformal
from asd_monitor.calibrate.rules.extreme import Extreme
from asd_monitor.calibrate.rules.gamma import Gamma
from asd_monitor.calibrate.rules.gaussian import Gaussian
from asd_monitor.calibrate.rules.percentile import Percentile
from asd_monitor.calibrate.tail import MAX_SHAPE
from asd_monitor.models.errors import ConfigurationError, InsufficientSoundError

EVERY_RULE = pytest.mark.parametrize("rule", rules().values(), ids=rules().keys())
SEEDS = st.integers(0, 10_000)
EXCEEDANCES = st.floats(0.02, 0.4)


def _scores(seed: int, n: int = 80) -> np.ndarray:
    return np.random.default_rng(seed).gumbel(3.0, 0.5, n)


def test_every_file_of_the_folder_is_a_rule() -> None:
    files = {module.name for module in pkgutil.iter_modules(rules_folder.__path__)}
    homes = {type(rule).__module__.rpartition(".")[2] for rule in rules().values()}
    assert homes == files


@EVERY_RULE
@given(seed=SEEDS, one=EXCEEDANCES, other=EXCEEDANCES)
def test_a_rarer_exceedance_never_lowers_the_threshold(
    rule: Rule, seed: int, one: float, other: float
) -> None:
    scores = _scores(seed)
    rarer, commoner = sorted((one, other))
    higher = rule.fit(scores, exceedance=rarer).value
    assert higher >= rule.fit(scores, exceedance=commoner).value


@EVERY_RULE
@given(seed=SEEDS, exceedance=EXCEEDANCES, offset=st.floats(-100, 100))
def test_a_constant_moves_the_threshold_by_itself(
    rule: Rule, seed: int, exceedance: float, offset: float
) -> None:
    scores = _scores(seed)
    moved = rule.fit(scores + offset, exceedance=exceedance).value
    assert moved == pytest.approx(rule.fit(scores, exceedance=exceedance).value + offset, abs=1e-2)


@EVERY_RULE
@given(seed=SEEDS, exceedance=EXCEEDANCES)
def test_the_order_of_the_scores_does_not_matter(rule: Rule, seed: int, exceedance: float) -> None:
    scores = _scores(seed)
    shuffled = np.random.default_rng(seed).permutation(scores)
    assert rule.fit(shuffled, exceedance=exceedance) == rule.fit(scores, exceedance=exceedance)


@EVERY_RULE
@given(scores=st.lists(st.sampled_from([0.0, 1e-9, 1.0, 1e6]), min_size=80, max_size=80))
def test_the_threshold_is_finite_whatever_the_ties(rule: Rule, scores: list[float]) -> None:
    assert math.isfinite(rule.fit(np.array(scores), exceedance=0.02).value)


@EVERY_RULE
@pytest.mark.parametrize("n", [0, 1, 9])
def test_too_few_scores_are_refused(rule: Rule, n: int) -> None:
    with pytest.raises(InsufficientSoundError, match=f"has {n}"):
        rule.fit(np.arange(float(n)), exceedance=0.02)


@EVERY_RULE
def test_what_is_examined_is_the_same_each_time_and_finite(rule: Rule) -> None:
    scores = _scores(1)
    examined = rule.examine(scores, exceedance=0.05)
    assert rule.examine(scores[::-1], exceedance=0.05) == examined
    assert all(map(math.isfinite, examined.values()))


@EVERY_RULE
@pytest.mark.parametrize("scores", [_scores(2), np.ones(80)])
def test_a_rule_explains_its_threshold(rule: Rule, scores: np.ndarray) -> None:
    detail = rule.fit(scores, exceedance=0.05).detail
    explained = rule.explain({**detail, **rule.examine(scores, exceedance=0.05)})
    assert explained.startswith("The threshold is")
    assert explained.endswith(".")


@EVERY_RULE
def test_a_threshold_above_every_score_is_called_an_extrapolation(rule: Rule) -> None:
    scores = _scores(3)
    threshold = rule.fit(scores, exceedance=0.05)
    assert threshold.extrapolated or threshold.value <= scores.max()


@EVERY_RULE
def test_a_threshold_names_its_rule_and_its_scores(rule: Rule) -> None:
    threshold = rule.fit(_scores(0), exceedance=0.05)
    assert threshold.rule == rule.kind
    assert threshold.detail["n_scores"] == 80


def test_an_unknown_rule_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="conformal, extreme, gamma, gaussian, percentile"):
        find_rule("sigma")


@given(st.integers(1, 100_000))
def test_the_scores_needed_are_the_fewest_that_suffice(n: int) -> None:
    assert scores_needed(1 / (n + 1)) == n


def test_the_rule_chosen_is_conformal_where_the_sound_suffices() -> None:
    assert choose_rule(99, 0.01)[0] == "conformal"
    kind, reason = choose_rule(98, 0.01)
    assert (kind, reason) == ("extreme", "the budget needs 99 blocks and there are only 98")


def test_conformal_takes_the_highest_of_just_enough_scores() -> None:
    scores = _scores(1, 99)
    threshold = Conformal().fit(scores, exceedance=0.01)
    assert threshold.value == scores.max()
    assert not threshold.extrapolated
    with pytest.raises(InsufficientSoundError, match="needs at least 99"):
        Conformal().fit(scores[1:], exceedance=0.01)


def test_conformal_counts_a_rank_that_is_whole_and_does_not_look_it() -> None:
    assert 100 * 0.29 < 29
    assert Conformal().fit(np.arange(1.0, 100.0), exceedance=0.29).value == 71


@pytest.mark.parametrize("exceedance", [0.02, 0.1, 0.25])
def test_conformal_keeps_the_exceedance_on_average(exceedance: float) -> None:
    rng = np.random.default_rng(2)
    samples = rng.standard_cauchy((4000, 60))
    thresholds = [Conformal().fit(row[:59], exceedance=exceedance).value for row in samples]
    realised = float(np.mean(samples[:, 59] > np.array(thresholds)))
    three_sigma = 3 * math.sqrt(exceedance * (1 - exceedance) / len(samples))
    assert realised <= exceedance + three_sigma


@given(SEEDS, st.floats(1e-6, 1e-3))
def test_extreme_never_has_a_bounded_tail_and_says_it_extrapolates(
    seed: int, exceedance: float
) -> None:
    bounded = np.random.default_rng(seed).uniform(size=75)
    threshold = Extreme().fit(bounded, exceedance=exceedance)
    assert 0 <= threshold.detail["shape"] <= MAX_SHAPE
    assert threshold.value >= bounded.max()
    assert threshold.extrapolated
    assert threshold.detail["n_peaks"] == 15


def test_extreme_finds_a_rare_quantile_of_an_exponential_tail() -> None:
    rng = np.random.default_rng(3)
    exceedance = 1e-5
    fitted = [
        Extreme().fit(rng.exponential(size=1000), exceedance=exceedance).value for _ in range(40)
    ]
    assert float(np.median(fitted)) == pytest.approx(-math.log(exceedance), rel=0.2)


def test_extreme_finds_the_shape_of_a_heavy_tail() -> None:
    samples = genpareto.rvs(0.3, size=(40, 1250), random_state=4)
    shapes = [Extreme().fit(heavy, exceedance=1e-4).detail["shape"] for heavy in samples]
    assert float(np.median(shapes)) == pytest.approx(0.3, abs=0.06)


def test_extreme_agrees_with_an_unbounded_fit_where_the_bounds_do_not_matter() -> None:
    heavy = genpareto.rvs(0.3, size=1250, random_state=5)
    detail = Extreme().fit(heavy, exceedance=1e-4).detail
    peaks = np.sort(heavy)[-250:] - detail["level"]
    shape, _, scale = genpareto.fit(peaks, floc=0)
    assert detail["shape"] == pytest.approx(shape, abs=5e-3)
    assert detail["scale"] == pytest.approx(scale, rel=5e-3)


@pytest.mark.parametrize(("rule", "quantile"), [(Gaussian(), 2.3263), (Gamma(), 2.3263)])
def test_a_parametric_rule_finds_the_quantile_of_normal_scores(rule: Rule, quantile: float) -> None:
    scores = np.random.default_rng(6).normal(size=100_000)
    assert rule.fit(scores, exceedance=0.01).value == pytest.approx(quantile, abs=0.03)


def test_gamma_finds_the_quantile_of_gamma_scores_wherever_they_lie() -> None:
    scores = np.random.default_rng(7).gamma(2.0, 1.5, 100_000) - 40.0
    expected = gamma.isf(0.001, 2.0, scale=1.5) - 40.0
    assert Gamma().fit(scores, exceedance=0.001).value == pytest.approx(expected, abs=0.5)


def test_the_percentile_is_that_of_numpy_and_never_above_the_highest_score() -> None:
    scores = _scores(8)
    assert Percentile().fit(scores, exceedance=0.1).value == np.quantile(scores, 0.9)
    beyond = Percentile().fit(scores, exceedance=1e-6)
    assert beyond.value <= scores.max()
    assert beyond.extrapolated


@pytest.mark.parametrize("rule", [Gaussian(), Gamma()])
def test_the_fit_of_scores_from_another_distribution_is_refuted(rule: Rule) -> None:
    bimodal = np.concatenate([_scores(9), _scores(10) + 20.0])
    detail = rule.examine(bimodal, exceedance=0.01)
    assert detail["fit_p_value"] < 0.05
    fitted = rule.fit(bimodal, exceedance=0.01).detail
    assert "do not rely" in rule.explain({**fitted, **detail})


def test_a_true_fit_is_refuted_as_seldom_as_it_should_be() -> None:
    rng = np.random.default_rng(11)
    p_values = [
        Gaussian().examine(rng.normal(5.0, 2.0, 60), exceedance=0.01)["fit_p_value"]
        for _ in range(60)
    ]
    # Binomial with probability 0.05: more than 9 of 60 happens once in 1,000 times.
    assert sum(p < 0.05 for p in p_values) <= 9
    assert max(p_values) > 0.5


def test_the_interval_of_an_extrapolation_holds_it_and_narrows_with_more_scores() -> None:
    widths = []
    for n in (100, 1000):
        scores = np.random.default_rng(12).exponential(size=n)
        value = Extreme().fit(scores, exceedance=1e-4).value
        interval = Extreme().examine(scores, exceedance=1e-4)
        assert interval["low"] <= value <= interval["high"]
        widths.append(interval["high"] - interval["low"])
    assert widths[1] < widths[0]


def test_conformal_keeps_the_exceedance_on_exchangeable_scores_that_are_not_independent() -> None:
    rng = np.random.default_rng(13)
    # A random level and spread per machine makes its scores dependent, and still exchangeable.
    levels, spreads = rng.normal(size=(4000, 1)), rng.exponential(size=(4000, 1))
    samples = levels + spreads * rng.standard_t(2, (4000, 100))
    thresholds = [Conformal().fit(row[:99], exceedance=0.05).value for row in samples]
    realised = int(np.sum(samples[:, 99] > np.array(thresholds)))
    # The guarantee is exact here, 5 of 100 ranks: both bounds of the binomial count at 1 in 10,000.
    expected = binom(len(samples), 0.05)
    assert expected.ppf(0.00005) <= realised <= expected.ppf(0.99995)
