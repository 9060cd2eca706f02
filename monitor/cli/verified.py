"""What fresh normal sound has shown of a calibration, in a cell of a table."""

from asd_monitor.calibrate.calibration import Verified
from asd_monitor.calibrate.durations import count, say_duration
from asd_monitor.calibrate.verification import most_per_week, say_rate
from asd_monitor.monitor.heard import Heard


def say_verified_by(heard: Heard, verified: Verified | None = None) -> str:
    """Say how much sound there was, its alarms, and the rate that this certifies at 95 %.

    Args:
        heard: while listening.
        verified: by recordings.
    """
    seconds = heard.seconds + (verified.seconds if verified else 0.0)
    alarms = heard.alarms + (verified.alarms if verified else 0)
    if not seconds:
        return "no"
    most = say_rate(most_per_week(alarms=alarms, seconds=seconds))
    return f"{say_duration(seconds)}, {count(alarms, 'alarm')}: at most {most}/week"
