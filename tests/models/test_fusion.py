import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.errors import CalibrationError
from asd_monitor.models.fusion import CLIP, Fusion, Voice, voices_of
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


def test_normal_clips_are_fused_to_a_mean_of_zero() -> None:
    fused = TWO.standardised_on(SCORES)
    assert np.mean([fused.fuse(tuple(row)) for row in SCORES]) == pytest.approx(0, abs=1e-9)


def test_a_voice_without_a_score_leaves_none() -> None:
    assert math.isnan(TWO.standardised_on(SCORES).fuse([1.5, math.nan]))


def test_a_voice_that_never_varies_cannot_be_weighed() -> None:
    stuck = SCORES.copy()
    stuck[:, 1] = 7.0
    with pytest.raises(CalibrationError, match="spectral do not vary"):
        TWO.standardised_on(stuck)


def test_every_member_of_a_bundle_has_a_voice() -> None:
    assert [voice.pooling for voice in voices_of(tiny_bundle()).voices] == ["mean"]
    voices = voices_of(tiny_ensemble(), pooling="max").voices
    assert [(voice.member, voice.pooling) for voice in voices] == [(0, "max"), (1, CLIP)]
