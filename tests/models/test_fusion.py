import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.errors import CalibrationError
from asd_monitor.models.fusion import CLIP, Combination, Fusion, RegimeVoices, Voice, voices_of
from tests.support.bundles import tiny_bundle, tiny_ensemble

ONE = Fusion((Voice(member=0, kind="group-made", pooling="mean"),))
TWO = Fusion((*ONE.voices, Voice(member=1, kind="spectral", pooling=CLIP)))
SCORES = np.random.default_rng(0).normal([1.5, 40.0], [0.01, 8.0], (200, 2))


@given(st.floats(-1e6, 1e6))
def test_one_voice_keeps_its_units(score: float) -> None:
    assert ONE.standardised_on(SCORES[:, :1]).fuse([score]) == score


def test_several_voices_weigh_the_same_whatever_their_units() -> None:
    fused = TWO.standardised_on(SCORES)
    first, second = (
        fused.fuse(SCORES.mean(axis=0) + shift * SCORES.std(axis=0))
        for shift in (np.array([3.0, 0.0]), np.array([0.0, 3.0]))
    )
    assert first == pytest.approx(1.5)
    assert second == pytest.approx(1.5)


def test_members_weigh_the_same_however_many_voices_they_have() -> None:
    fusion = voices_of(tiny_ensemble(), pooling="mean+peak")
    scores = np.column_stack([SCORES[:, 0], np.roll(SCORES[:, 0], 7), SCORES[:, 1]])
    fused = fusion.standardised_on(scores)
    first, second = (
        (scores.mean(axis=0) + np.array(shift) * scores.std(axis=0)).tolist()
        for shift in ([3.0, 3.0, 0.0], [0.0, 0.0, 3.0])
    )
    assert fused.fuse(first) == pytest.approx(1.5)
    assert fused.fuse(second) == pytest.approx(1.5)
    assert fused.carried(first) == pytest.approx({0: 3.0, 1: 0.0})
    assert fused.carried(second) == pytest.approx({0: 0.0, 1: 3.0})


def test_normal_clips_are_fused_to_a_mean_of_zero() -> None:
    fused = TWO.standardised_on(SCORES)
    assert np.mean([fused.fuse(tuple(row)) for row in SCORES]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("combination", Combination)
def test_a_voice_without_a_score_leaves_none(combination: Combination) -> None:
    fused = Fusion(TWO.voices, combination).standardised_on(SCORES)
    assert math.isnan(fused.fuse([1.5, math.nan]))
    assert math.isnan(fused.fuse([math.nan, 40.0]))


def test_the_highest_is_that_of_the_voice_that_is_most_alarmed() -> None:
    fused = Fusion(TWO.voices, Combination.MAX).standardised_on(SCORES)
    assert fused.combination is Combination.MAX
    scores = SCORES.mean(axis=0) + np.array([1.0, 4.0]) * SCORES.std(axis=0)
    assert fused.fuse(scores.tolist()) == pytest.approx(4.0)


def test_a_voice_that_never_varies_cannot_be_weighed() -> None:
    stuck = SCORES.copy()
    stuck[:, 1] = 7.0
    with pytest.raises(CalibrationError, match="spectral do not vary"):
        TWO.standardised_on(stuck)


def test_every_member_of_a_bundle_has_a_voice() -> None:
    assert [voice.pooling for voice in voices_of(tiny_bundle()).voices] == ["mean"]
    voices = voices_of(tiny_ensemble(), pooling="max").voices
    assert [(voice.member, voice.pooling) for voice in voices] == [(0, "max"), (1, CLIP)]


def test_some_of_the_voices_are_combined_as_all_were() -> None:
    fusion = voices_of(tiny_ensemble(), pooling="mean+max", combination=Combination.MAX)
    some = fusion.only([0, 2])
    assert [voice.pooling for voice in some.voices] == ["mean", CLIP]
    assert some.combination is Combination.MAX


def test_what_each_member_has_carried_is_how_far_its_voices_are_above_normal() -> None:
    fusion = TWO.standardised_on(SCORES)
    first, second = fusion.voices
    scores = [first.mean + 3 * first.std, second.mean - second.std]
    assert fusion.carried(scores) == pytest.approx({0: 3.0, 1: 0.0})
    assert fusion.carried([]) == {0: 0.0, 1: 0.0}


def test_several_poolings_are_several_voices_of_a_member() -> None:
    voices = voices_of(tiny_ensemble(), pooling="quantile:0.25+max").voices
    assert [(voice.member, voice.pooling) for voice in voices] == [
        (0, "quantile:0.25"),
        (0, "max"),
        (1, CLIP),
    ]


def _in_regimes(*middles_db: list[float]) -> Fusion:
    return Fusion(
        ONE.voices, regimes=tuple(RegimeVoices(middle_db=np.array(m)) for m in middles_db)
    )


@given(st.floats(-60, 60), st.integers(0, 3))
def test_a_fault_in_fewer_bands_than_tell_the_regimes_apart_moves_a_clip_to_no_other(
    louder_db: float, band: int
) -> None:
    fusion = _in_regimes([-50.0, -50.0, -50.0, -30.0], [-40.0, -40.0, -40.0, -30.0])
    for index, regime in enumerate(fusion.regimes):
        spectrum = regime.middle_db.copy()
        spectrum[band] += louder_db
        assert fusion.regime_of(spectrum) == index


def test_a_machine_with_one_way_of_running_is_in_no_regime() -> None:
    assert ONE.regime_of(np.zeros(4)) is None
    assert _in_regimes([0.0]).regime_of(np.zeros(1)) is None


def test_a_regime_without_a_scale_of_its_own_is_on_that_of_all() -> None:
    fused = TWO.standardised_on(SCORES)
    regimes = (RegimeVoices(middle_db=np.zeros(1)), RegimeVoices(middle_db=np.ones(1)))
    with_regimes = Fusion(fused.voices, regimes=regimes)
    assert not with_regimes.is_by_regime
    assert with_regimes.fuse(SCORES[0], 1) == fused.fuse(SCORES[0])
