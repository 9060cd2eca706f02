import numpy as np
import pytest

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.change_level import (
    LIMIT,
    REFERENCE,
    exceeded_by,
    excursions,
    fit_change,
)
from tests.support.clip_scores import autoregressive, session

DAILY = parse_budget("2/day")


def test_excursions_are_the_peaks_between_returns_to_zero() -> None:
    streams = np.array([[1.5, 1.5, -9.0, 2.5, -9.0, 9.0], [-1.0] * 6])
    assert sorted(excursions(streams, reference=0.5, limit=4.0)) == [2.0, 2.0, 3.5]


@pytest.mark.parametrize("expected", [0.1, 5.0, 500.0, 20_000.0])
def test_a_level_is_exceeded_as_often_as_expected(expected: float) -> None:
    highest = np.random.default_rng(0).exponential(size=50_000)
    level = exceeded_by(highest, expected=expected)
    assert 50_000 * np.exp(-level) == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize(
    "sessions",
    [
        [session([float(i)]) for i in range(100)],
        [session(autoregressive(3600, lag_one=0.0))],
        [session(autoregressive(200, lag_one=0.0, seed=i)) for i in range(40)],
    ],
    ids=["single clips", "an hour", "short stretches"],
)
def test_too_little_sound_sets_no_change_detector_and_says_so(
    sessions: list[tuple[object, ...]],
) -> None:
    fitted = fit_change(sessions, budget=DAILY, clip_s=10.0, hop_s=1.0)  # type: ignore[arg-type]
    assert fitted.settings is None
    assert fitted.reason


@pytest.mark.parametrize("lag_one", [0.0, 0.5])
def test_fresh_sound_keeps_the_share_whatever_the_correlation(lag_one: float) -> None:
    history = autoregressive(26_000, lag_one=lag_one, seed=1)
    # Clips that do not overlap: the hop is the clip's length.
    fitted = fit_change([session(history, hop_s=10.0)], budget=DAILY, clip_s=10.0, hop_s=10.0)
    assert fitted.settings is not None
    fresh = np.stack([autoregressive(8640, lag_one=lag_one, seed=100 + i) for i in range(30)])
    z = (fresh - fitted.settings.mean) / fitted.settings.std
    highest = excursions(z, reference=REFERENCE, limit=LIMIT)
    alarms = int((highest > fitted.settings.alarm_level).sum())
    accepted = 30.0
    # Four deviations of a Poisson count, and as much again for the level's own chance.
    assert 0 < alarms <= accepted + 8 * accepted**0.5


def test_the_same_sound_gives_the_same_level() -> None:
    sessions = [session(autoregressive(8000, lag_one=0.3), hop_s=10.0)]
    one, other = (fit_change(sessions, budget=DAILY, clip_s=10.0, hop_s=10.0) for _ in range(2))
    assert one == other
    assert one.settings is not None


def test_a_rarer_budget_never_lowers_the_level() -> None:
    sessions = [session(autoregressive(8000, lag_one=0.3), hop_s=10.0)]
    levels = []
    for budget in ("1/h", "1/day", "1/week", "1/month"):
        fitted = fit_change(sessions, budget=parse_budget(budget), clip_s=10.0, hop_s=10.0)
        assert fitted.settings is not None
        levels.append(fitted.settings.alarm_level)
    assert levels == sorted(set(levels))
