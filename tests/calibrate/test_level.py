from dataclasses import replace

import numpy as np
import pytest

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.level import Rehearsal, prepare, raise_threshold
from asd_monitor.calibrate.rehearsal import count_alarms
from tests.support.clip_scores import RATE_HZ, a_calibration, autoregressive, session

SESSIONS = [session(autoregressive(1500, lag_one=0.7, seed=seed)) for seed in range(3)]
SECONDS = 4527.0
PER_HOUR = 1 / 3600


def _rehearsal(rate_per_s: float) -> Rehearsal:
    return prepare(SESSIONS, seconds=SECONDS, rate_per_s=rate_per_s, sample_rate_hz=RATE_HZ)


def _alarms(calibration: Calibration, rehearsal: Rehearsal) -> int:
    return count_alarms(rehearsal.streams, calibration, sample_rate_hz=RATE_HZ)


def test_a_threshold_that_alarms_too_often_is_raised_to_the_lowest_level_that_does_not() -> None:
    rehearsal = _rehearsal(12 * PER_HOUR)
    asked = a_calibration(warning=0.5, critical=0.5)
    assert _alarms(asked, rehearsal) > rehearsal.accepted
    raised = raise_threshold(asked, rehearsal)
    assert raised.rule_detail["raised_from"] == 0.5
    assert _alarms(raised, rehearsal) <= rehearsal.accepted
    lower = replace(raised.thresholds, critical=raised.thresholds.critical - 0.02)
    assert _alarms(replace(raised, thresholds=lower), rehearsal) > rehearsal.accepted


def test_a_threshold_that_keeps_the_budget_is_left_alone() -> None:
    asked = a_calibration(critical=6.0)
    assert raise_threshold(asked, _rehearsal(PER_HOUR)) is asked


def test_a_budget_that_the_sound_cannot_show_raises_it_to_the_highest_score_at_most() -> None:
    rehearsal = _rehearsal(1e-9)
    raised = raise_threshold(a_calibration(warning=0.5, critical=0.5), rehearsal)
    highest = max(clip.score for session in SESSIONS for clip in session)
    assert raised.thresholds.critical <= highest
    assert _alarms(raised, rehearsal) == 0


@pytest.mark.parametrize("rates", [(1.0, 4.0, 20.0, 60.0)])
def test_a_looser_budget_never_raises_the_threshold_further(rates: tuple[float, ...]) -> None:
    draft = a_calibration(warning=0.0, critical=0.3)
    levels = [
        raise_threshold(draft, _rehearsal(rate * PER_HOUR)).thresholds.critical for rate in rates
    ]
    assert levels == sorted(levels, reverse=True)


def test_the_same_sound_gives_the_same_resamples_as_long_as_several_times_the_sound() -> None:
    one, other = _rehearsal(PER_HOUR), _rehearsal(PER_HOUR)
    assert one == other
    clips = sum(map(len, one.streams))
    assert clips > 5 * 4500
    assert one.accepted == pytest.approx(clips * SECONDS / 4500 / 3600)


def test_files_of_one_clip_are_resampled_whole() -> None:
    files = [session([float(score)]) for score in np.arange(40.0)]
    rehearsal = prepare(files, seconds=400.0, rate_per_s=PER_HOUR, sample_rate_hz=RATE_HZ)
    assert {len(stream) for stream in rehearsal.streams} == {1}
