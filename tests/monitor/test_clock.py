from datetime import UTC, datetime, timedelta

from asd_monitor.monitor.clock import SampleClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_samples_before_and_after_the_anchor_are_dated_by_the_rate() -> None:
    clock = SampleClock(160_000, NOON, 16_000)
    assert clock.at(160_000) == NOON
    assert clock.at(176_000) == NOON + timedelta(seconds=1)
    assert clock.at(152_000) == NOON - timedelta(seconds=0.5)
