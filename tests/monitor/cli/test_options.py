import click
import pytest

from asd_monitor.monitor.cli.options import BrokerType, BudgetType, DurationType, MachineType


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("1.5h", 5400), ("2 min", 120), ("1d", 86400)]
)
def test_durations_are_read_in_the_units_people_write(text: str, seconds: float) -> None:
    assert DurationType().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "0s", "90", "-1h", "1 week", "h"])
def test_what_is_no_duration_is_answered_with_three_that_are(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"90s, 30m or 1\.5h"):
        DurationType().convert(text, None, None)


@pytest.mark.parametrize("text", ["often", "0/week", "1/fortnight", "week"])
def test_what_is_no_budget_is_answered_with_three_that_are(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"1/week, 2/day or 0\.5/h"):
        BudgetType().convert(text, None, None)


def test_a_machine_id_with_other_characters_is_refused() -> None:
    assert MachineType().convert("pump_2-b", None, None) == "pump_2-b"
    with pytest.raises(click.BadParameter, match="'Pump 2' may only have"):
        MachineType().convert("Pump 2", None, None)


def test_what_is_no_broker_is_answered_with_how_to_write_one() -> None:
    assert BrokerType().convert("hall:1884", None, None) == ("hall", 1884)
    with pytest.raises(click.BadParameter, match="HOST or HOST:PORT"):
        BrokerType().convert("hall:mqtt", None, None)
