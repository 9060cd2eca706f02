import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.models.errors import ConfigurationError

WEEK_S = 7 * 86_400.0


@pytest.mark.parametrize(
    ("text", "alarms", "per_s"),
    [
        ("1/week", 1, WEEK_S),
        ("2/day", 2, 86_400),
        ("2/days", 2, 86_400),
        ("0.5/h", 0.5, 3600),
        (" 3 / Hour ", 3, 3600),
        ("1/10min", 1, 600),
        ("1/10 minutes", 1, 600),
        ("1/2.5s", 1, 2.5),
        ("1/month", 1, 365.25 / 12 * 86_400),
    ],
)
def test_budgets_as_people_write_them(text: str, alarms: float, per_s: float) -> None:
    budget = parse_budget(text)
    assert (budget.alarms, budget.per_s, budget.text) == (alarms, per_s, text.strip())
    assert budget.rate_per_s == alarms / per_s


@pytest.mark.parametrize(
    "text",
    ["", "week", "1", "1/", "/week", "0/week", "-1/week", "1/0h", "1/fortnight", "nan/h", "1/h/h"],
)
def test_what_is_no_budget_is_refused_with_three_that_are(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"1/week, 2/day or 0\.5/h"):
        parse_budget(text)


@given(st.text(max_size=12))
def test_any_text_is_a_budget_or_a_configuration_error(text: str) -> None:
    try:
        budget = parse_budget(text)
    except ConfigurationError:
        return
    assert budget.rate_per_s > 0
