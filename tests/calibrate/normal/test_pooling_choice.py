"""The pooling is chosen from normal sound, and what is chosen is what listens."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.normal.collect import CollectSettings, collect
from asd_monitor.calibrate.normal.pooling_choice import (
    AUTO,
    PASSING,
    QUARTILE,
    RECURRENCE_MIN,
    RECURRING,
    choose,
    draft,
    places_of,
    pooling_of,
    recurrence,
)
from asd_monitor.models.fusion import CLIP, Combination
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from tests.support.bundles import tiny_bundle, tiny_ensemble
from tests.support.per_band import clip_bundle, knowing
from tests.support.sounds import Sound

RANDOM = np.random.default_rng(0)
N_CLIPS, CLIP_S = 30, 4


@pytest.mark.parametrize("windows", ["steady", "strokes"])
def test_what_recurs_from_clip_to_clip_is_the_machines_own(windows: str) -> None:
    scores = RANDOM.normal(1.0, 0.1, size=(60, 300))
    if windows == "strokes":
        scores[:, ::10] += 3.0
    assert recurrence(scores.mean(axis=1) - np.quantile(scores, 0.25, axis=1)) > RECURRENCE_MIN


def test_what_some_clips_have_and_others_have_not_passes() -> None:
    scores = RANDOM.normal(1.0, 0.1, size=(60, 300))
    for clip in scores[::2]:
        begin = RANDOM.integers(200)
        clip[begin : begin + RANDOM.integers(10, 100)] += RANDOM.exponential(3.0)
    assert recurrence(scores.mean(axis=1) - np.quantile(scores, 0.25, axis=1)) < RECURRENCE_MIN


@given(st.floats(0.01, 100.0), st.floats(0.0, 1e3))
def test_a_few_odd_clips_and_the_unit_of_the_score_decide_nothing(
    unit: float, outlier: float
) -> None:
    differences = np.random.default_rng(1).normal(1.0, 0.2, 50)
    odd = differences.copy()
    odd[:3] += outlier
    assert recurrence(unit * differences) == pytest.approx(recurrence(differences))
    assert recurrence(odd) > RECURRENCE_MIN


def test_clips_that_are_all_the_same_recur() -> None:
    assert recurrence(np.ones(5)) == float("inf")


def test_what_nobody_asked_for_is_the_papers_mean_or_beside_others_what_suits_the_machine() -> None:
    assert pooling_of(tiny_bundle(), None) == "mean"
    assert pooling_of(tiny_ensemble(), None) == AUTO
    assert pooling_of(tiny_ensemble(), "max") == "max"


def test_a_choice_keeps_the_voices_of_its_pooling_and_those_of_whole_clips() -> None:
    drafted = draft(tiny_ensemble(), pooling=AUTO, combination=Combination.MEAN)
    for pooling, kept in ((RECURRING, ["mean", "peak", CLIP]), (PASSING, [QUARTILE, CLIP])):
        voices = drafted.only(places_of(drafted, pooling)).voices
        assert [voice.pooling for voice in voices] == kept


def test_where_nothing_judges_windows_there_is_nothing_to_choose() -> None:
    drafted = draft(clip_bundle(), pooling=AUTO, combination=Combination.MEAN)
    assert choose(drafted, np.ones((5, 1))) is None


def steady(seed: int) -> Sound:
    return normal_sound(CLIP_S, seed=seed)


def among_noise(seed: int) -> Sound:
    sound, rng = normal_sound(CLIP_S, seed=seed), np.random.default_rng(seed)
    length = rng.integers(1, CLIP_S * SAMPLE_RATE_HZ)
    begin = rng.integers(len(sound) - length + 1)
    loud = rng.exponential(0.1)
    sound[begin : begin + length] += (loud * rng.standard_normal(length)).astype(np.float32)
    return sound


@pytest.mark.parametrize(
    ("sound_of", "chosen"), [(steady, ["mean", "peak", CLIP]), (among_noise, [QUARTILE, CLIP])]
)
def test_recordings_decide_how_their_machine_is_pooled(
    sound_of: Callable[[int], Sound], chosen: list[str], tmp_path: Path
) -> None:
    bundle, _ = knowing("ensemble")
    for seed in range(N_CLIPS):
        soundfile.write(tmp_path / f"{seed:02}.wav", sound_of(seed), SAMPLE_RATE_HZ, "FLOAT")
    normal = collect([tmp_path], bundle, CollectSettings(keep_all=True))
    assert [voice.pooling for voice in normal.fusion.voices] == chosen
    assert chosen[0] in normal.pooling_reason
    assert {len(clip.voices) for clip in normal.clips} == {len(chosen)}
    # Standardised on these clips, so that their mean is 0 by definition.
    assert np.mean([clip.score for clip in normal.clips]) == pytest.approx(0.0, abs=1e-9)
    asked = collect([tmp_path], bundle, CollectSettings(keep_all=True, pooling="max"))
    assert [voice.pooling for voice in asked.fusion.voices] == ["max", CLIP]
    assert not asked.pooling_reason
