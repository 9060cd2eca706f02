"""What fresh normal sound has shown of a calibration, in a cell of a table."""

from typing import Final

from asd_monitor.calibrate.durations import count, say_duration
from asd_monitor.calibrate.evidence import Verified
from asd_monitor.calibrate.verification import most_per_week, say_rate
from asd_monitor.monitor.heard import Heard

LEAST_S: Final = 3600.0
"""An hour certifies no rate below 500 a week; less of it, nothing that anybody would read."""


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
    seen = f"{say_duration(seconds)}, {count(alarms, 'alarm')}"
    if seconds < LEAST_S:
        return f"{seen}: too little to say"
    most = say_rate(most_per_week(alarms=alarms, seconds=seconds))
    return f"{seen}: at most {most}/week"
