import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from asd_monitor.calibrate.normal.pooling_choice import AUTO, choose, draft, places_of
from asd_monitor.models.fusion import Combination
from benchmarks.candidates import (
    ALL_VOICES,
    CANDIDATES,
    CHOSEN,
    VOICES,
    candidates_on,
    fused,
    recurring_shares,
)
from benchmarks.outcomes import Outcome, difference, wins
from tests.support.bundles import tiny_ensemble

RANDOM = np.random.default_rng(0)


def outcome(*levels: float, n_clips: int = 40) -> Outcome:
    """Of candidates whose faulty clips score so much above normal ones."""
    generator = np.random.default_rng(1)
    normal = generator.normal(size=(len(levels), n_clips, 1))
    faulty = generator.normal(size=(len(levels), 1, n_clips)) + np.array(levels)[:, None, None]
    return Outcome(condition="pump:clean", machine="pump", wins=wins(faulty, normal)[:, None])


def test_the_mean_of_the_wins_is_the_area_under_the_roc_curve_ties_included() -> None:
    normal = RANDOM.integers(0, 6, size=(2, 30, 3)).astype(float)
    faulty = RANDOM.integers(2, 8, size=(2, 4, 30)).astype(float)
    for candidate, area in enumerate(wins(faulty, normal).mean(axis=(1, 2))):
        scores = [*faulty[candidate].ravel(), *normal[candidate].ravel()]
        labels = [1] * faulty[candidate].size + [0] * normal[candidate].size
        assert area == pytest.approx(roc_auc_score(labels, scores))


def test_wins_stand_at_the_faulty_clip_first() -> None:
    faulty, normal = np.array([[[5.0, 1.0]]]), np.array([[[2.0], [3.0]]])
    np.testing.assert_array_equal(wins(faulty, normal), [[[1, 1], [0, 0]]])


def test_a_candidate_does_not_differ_from_itself() -> None:
    assert difference([outcome(1.0, 1.0)], 0, 0) == (0, 0, 0)


def test_the_interval_knows_a_better_candidate_from_an_equal_one() -> None:
    outcomes = [outcome(2.0, 0.0, 0.0)]
    mean, low, high = difference(outcomes, 0, 1)
    assert 0 < low < mean < high
    mean, low, high = difference(outcomes, 2, 1)
    assert low < 0 < high


def test_one_machine_in_two_conditions_is_no_more_evidence_than_in_one() -> None:
    once, twice = ([outcome(1.0, 0.0)] * n for n in (1, 2))
    assert difference(once, 0, 1) == pytest.approx(difference(twice, 0, 1))


def test_the_chosen_candidate_is_what_the_product_does() -> None:
    of_bundle = draft(tiny_ensemble(), pooling=None, combination=Combination.MEAN)
    choice = choose(of_bundle, np.ones((3, len(of_bundle.voices))))
    assert choice is not None
    by_product = of_bundle.only(places_of(of_bundle, choice.pooling)).voices
    reference = RANDOM.normal(size=(9, len(ALL_VOICES.voices)))
    reference[:, 0] = reference[:, 1] + 1.0
    by_benchmark = candidates_on(reference)[CANDIDATES.index(CHOSEN)].voices
    assert [voice.pooling for voice in by_benchmark] == [voice.pooling for voice in by_product]


def test_clips_that_differ_alike_recur_and_such_as_differ_more_and_less_do_not() -> None:
    normal = RANDOM.normal(size=(40, len(ALL_VOICES.voices)))
    normal[:, 0] = normal[:, 1] + RANDOM.normal(5.0, 0.1, size=40)
    assert recurring_shares(normal, generator=RANDOM) == (1.0, 1.0, 1.0)
    normal[:, 0] = normal[:, 1] + RANDOM.exponential(5.0, size=40)
    few, _, many = recurring_shares(normal, generator=RANDOM)
    assert few > many
    assert many < 0.1


def test_in_candidates_both_members_weigh_alike_whatever_their_voices() -> None:
    reference = RANDOM.normal(3.0, 2.0, size=(50, len(ALL_VOICES.voices)))
    scores = fused(candidates_on(reference), reference)
    standardised = (reference - reference.mean(axis=0)) / reference.std(axis=0)
    for names, row in zip(CANDIDATES, scores, strict=True):
        if AUTO in names:
            continue
        *windows, last = [list(VOICES).index(name) for name in names]
        expected = reference[:, last]
        if windows:
            expected = (standardised[:, windows].mean(axis=1) + standardised[:, last]) / 2
        np.testing.assert_allclose(row, expected)
