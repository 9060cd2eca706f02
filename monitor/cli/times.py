"""Moments as people on site read them: in their own time zone."""

from datetime import datetime

from asd_monitor.calibrate.durations import say_duration


def say_moment(moment: datetime) -> str:
    """Date and time to the second, in the host's time zone."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def say_age(moment: datetime, *, now: datetime) -> str:
    """How long ago a moment was; a clock that was set back makes it ``now``."""
    return say_duration(max(0.0, (now - moment).total_seconds()))


def time_zone(now: datetime) -> str:
    """The name of the host's time zone, such as ``CET``."""
    return now.astimezone().tzname() or "local time"
