from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.reach import reach, require_reachable, strangest
from asd_monitor.models.errors import CalibrationError
from asd_monitor.models.fusion import Fusion, RegimeVoices, Voice, voices_of
from tests.support.bundles import tiny_bundle
from tests.support.clip_scores import autoregressive, clip, normal_sound

BUNDLE = replace(tiny_bundle(0), fingerprint="ab" * 32)


def _normal(highest: float) -> NormalSound:
    scores = autoregressive(40, lag_one=0.0)
    return replace(normal_sound(*scores[:, None], seconds=400.0), strangest=(clip(highest),))


def _calibrate(highest: float) -> float:
    settings = CalibrationSettings(budget=parse_budget("1/month"))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    limits = calibrate(_normal(highest), BUNDLE, settings, machine="pump", created_at=at)
    return limits.thresholds.critical


def test_a_threshold_that_no_sound_exceeds_is_refused() -> None:
    critical = _calibrate(1e6)
    with pytest.raises(CalibrationError, match=r"for 1/month nothing would alarm: white noise"):
        _calibrate(critical)


def test_a_threshold_just_below_is_not() -> None:
    require_reachable(1.0, np.nextafter(1.0, 2.0), budget="1/week")


@pytest.mark.parametrize("level_dbfs", [-60.0, -30.0, 0.0])
def test_what_no_machine_sounds_like_scores_higher_than_noise_alone(level_dbfs: float) -> None:
    fusion = voices_of(BUNDLE)
    sounds = strangest(BUNDLE, fusion, clip_s=2.0, hop_s=1.0, level_dbfs=level_dbfs)
    assert 10 < reach(fusion, sounds) < float("inf")


def test_of_several_regimes_each_has_to_be_reached() -> None:
    voice = Voice(member=0, kind="group-made", pooling="mean")
    idle, load = (replace(voice, mean=mean, std=2.0) for mean in (0.0, 10.0))
    regimes = tuple(RegimeVoices(middle_db=np.zeros(2), voices=(v,)) for v in (idle, load))
    sounds = [replace(clip(score), voices=(score,)) for score in (4.0, 30.0)]
    assert reach(Fusion((voice,), regimes=regimes), sounds) == (30.0 - 10.0) / 2.0
    assert reach(Fusion((voice,), regimes=regimes), []) == float("inf")
