"""A drift is found, and an unchanged machine is seldom called a drifting one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import kolmogorov

from asd_monitor.calibrate.calibration import Calibration, Spread, thin
from asd_monitor.calibrate.drift import (
    FALSE_ALARM_RATE,
    Drift,
    DriftWatch,
    exceedance,
    find_drift,
)
from tests.support.clip_scores import RATE_HZ, a_calibration, autoregressive, session

N_DAY = 8640


def calibrated(lag_one: float = 0.0, *, n: int = 2000, seed: int = 1000) -> Calibration:
    """On so many clips that do not overlap."""
    scores = autoregressive(n, lag_one=lag_one, seed=seed)
    return replace(
        a_calibration(critical=9.0),
        scores=thin(scores),
        n_scores=n,
        normal=Spread(
            mean=float(scores.mean()), median=float(np.median(scores)), std=float(scores.std())
        ),
        evidence=replace(a_calibration().evidence, blocks=n, clips=n),
    )


def found(lag_one: float, *, shift: float = 0.0, seed: int = 0) -> Drift:
    recent = autoregressive(2000, lag_one=lag_one, seed=seed) + shift
    drift = find_drift([recent], calibrated(lag_one, seed=seed + 1000))
    assert drift is not None
    return drift


@pytest.mark.parametrize("lag_one", [0.0, 0.5, 0.8])
def test_an_unchanged_machine_seldom_drifts_however_its_scores_hang_together(
    lag_one: float,
) -> None:
    n = 200
    false = sum(found(lag_one, seed=seed).is_drift for seed in range(n))
    # The rate that is promised, and three standard deviations.
    assert false <= n * FALSE_ALARM_RATE + 3 * (n * FALSE_ALARM_RATE) ** 0.5


@given(statistic=st.floats(0.0, 10.0))
@example(statistic=0.1)
def test_what_a_statistic_says_is_what_scipy_says(statistic: float) -> None:
    assert exceedance(statistic) == pytest.approx(kolmogorov(statistic), abs=1e-14)


def test_a_shift_is_found_with_its_size_and_sign() -> None:
    for shift in (-0.5, 0.5):
        drift = found(0.5, shift=shift)
        assert drift.is_drift
        assert drift.distance == pytest.approx(shift, abs=0.2)


def test_a_wider_distribution_is_a_drift_too() -> None:
    drift = find_drift([2 * autoregressive(2000, lag_one=0.0)], calibrated())
    assert drift is not None
    assert drift.is_drift
    assert abs(drift.distance) < 0.1


@pytest.mark.parametrize("recent", [[], [np.zeros(500)], [autoregressive(15, lag_one=0.0)]])
def test_too_little_sound_says_nothing(recent: list[np.ndarray]) -> None:
    assert find_drift(recent, calibrated()) is None


def test_a_calibration_on_too_little_sound_says_nothing() -> None:
    assert find_drift([autoregressive(2000, lag_one=0.0)], calibrated(n=15)) is None


def watched(*parts: np.ndarray) -> float | None:
    """What is said of the last day after streams of clips that follow each other."""
    watch = DriftWatch(calibrated(), sample_rate_hz=RATE_HZ)
    for clip in session(np.concatenate(parts), hop_s=10.0):
        watch.push(clip)
    return watch.distance


def test_the_last_day_is_watched() -> None:
    unchanged = autoregressive(N_DAY, lag_one=0.0, seed=7)
    assert watched(unchanged) is None
    drifted = watched(unchanged, unchanged[: N_DAY // 2] + 1.0)
    assert drifted is not None
    assert drifted > 0.3
    assert watched(unchanged + 1.0, unchanged) is None


def test_clips_that_overlap_are_counted_once() -> None:
    scores = autoregressive(4000, lag_one=0.0, seed=3) + 1.0
    sparse, dense = (DriftWatch(calibrated(), sample_rate_hz=RATE_HZ) for _ in range(2))
    for clip in session(np.repeat(scores, 10)):
        dense.push(clip)
    for clip in session(scores, hop_s=10.0):
        sparse.push(clip)
    assert dense.distance == sparse.distance is not None
