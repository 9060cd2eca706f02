import pytest

from asd_monitor.calibrate.durations import SECONDS, say_duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0.0 s"),
        (45.0, "45.0 s"),
        (250.0, "4.2 min"),
        (750.0, "12.5 min"),
        (7200.0, "2.0 h"),
        (3 * SECONDS["day"], "3.0 days"),
        (2.996 * SECONDS["week"], "3.0 weeks"),
        (3 * SECONDS["month"], "3.0 months"),
        (3 * SECONDS["year"], "3.0 years"),
    ],
)
def test_durations_are_said_in_the_unit_that_suits_them(seconds: float, said: str) -> None:
    assert say_duration(seconds) == said
