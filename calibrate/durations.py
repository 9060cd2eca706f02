"""Lengths of time, and numbers of things, as people say them."""

SECONDS = {
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "day": 86_400.0,
    "week": 604_800.0,
    "month": 365.25 / 12 * 86_400.0,
    "year": 365.25 * 86_400.0,
}
"""Seconds in each unit; months and years are mean ones."""

# A unit serves until the next one makes a handier number: 90 s, but 1.5 min from there on.
_SERVES_UNTIL_S = (
    ("s", 90.0, "s"),
    ("min", 90 * SECONDS["min"], "min"),
    ("h", 48 * SECONDS["h"], "h"),
    ("day", 14 * SECONDS["day"], "days"),
    ("week", 9 * SECONDS["week"], "weeks"),
    ("month", 24 * SECONDS["month"], "months"),
)


def say_duration(seconds: float) -> str:
    """Say a length of time with one decimal in the unit that suits it.

    Args:
        seconds: not negative.

    Returns:
        For example ``45.0 s``, ``12.5 min``, ``3.0 weeks``.
    """
    for unit, until_s, plural in _SERVES_UNTIL_S:
        if seconds < until_s:
            return f"{seconds / SECONDS[unit]:.1f} {plural}"
    return f"{seconds / SECONDS['year']:.1f} years"


def count(number: int, noun: str) -> str:
    """``no alarms``, ``1 alarm``, ``2 alarms``."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
