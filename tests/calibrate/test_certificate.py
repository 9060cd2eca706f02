import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.certificate import (
    certified_rate_per_s,
    certified_seconds_per_alarm,
    seconds_without_alarm_needed,
)

WEEK_S = 7 * 86_400.0


@pytest.mark.parametrize("alarms", [0, 1, 7])
def test_the_upper_bound_is_the_chi_square_one(alarms: int) -> None:
    expected = chi2.ppf(0.95, 2 * alarms + 2) / 2 / 750
    assert certified_rate_per_s(alarms=alarms, observed_s=750.0) == pytest.approx(expected)


def test_a_quarter_of_an_hour_certifies_minutes_and_one_a_week_takes_three_weeks() -> None:
    assert certified_seconds_per_alarm(alarms=0, observed_s=750.0) == pytest.approx(250.4, abs=0.1)
    needed_s = seconds_without_alarm_needed(parse_budget("1/week"))
    assert needed_s / WEEK_S == pytest.approx(2.996, abs=0.001)


@given(st.floats(1e-3, 1e3))
def test_the_sound_that_a_budget_needs_certifies_just_that_budget(alarms: float) -> None:
    budget = parse_budget(f"{alarms:f}/day")
    rate = certified_rate_per_s(alarms=0, observed_s=seconds_without_alarm_needed(budget))
    assert rate == pytest.approx(budget.rate_per_s)
