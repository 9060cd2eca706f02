"""What a cell of a table says of the promise."""

import pytest

from asd_monitor.calibrate.evidence import Verified
from asd_monitor.monitor.cli.verified import say_verified_by
from asd_monitor.monitor.heard import Heard


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (Heard(), "no"),
        (Heard(seconds=60.0, alarms=1), "60.0 s, 1 alarm: too little to say"),
        (Heard(seconds=7200.0), "2.0 h, no alarms: at most 252/week"),
    ],
)
def test_a_rate_is_told_from_an_hour_on(heard: Heard, said: str) -> None:
    assert say_verified_by(heard) == said


def test_recordings_count_with_what_was_listened_to() -> None:
    recorded = Verified(
        seconds=3600.0, alarms=0, most_per_week=504.0, verified_at="2026-01-01T00:00:00Z"
    )
    assert say_verified_by(Heard(seconds=3600.0), recorded) == say_verified_by(
        Heard(seconds=7200.0)
    )
