import pytest

from asd_monitor.monitor.capture.rate_meter import RateMeter

CLAIMED_HZ = 48_000


def measured(rate_hz: float, *, blocks: int = 700, late_s: float = 0.0) -> RateMeter:
    """Ten blocks a second, every other one late."""
    meter = RateMeter()
    for n in range(blocks):
        meter.push(CLAIMED_HZ // 10, now_s=n * CLAIMED_HZ / 10 / rate_hz + late_s * (n % 2))
    return meter


@pytest.mark.parametrize(
    ("rate_hz", "is_off"), [(48_000, False), (48_300, False), (48_600, True), (44_100, True)]
)
def test_a_rate_more_than_a_percent_off_is_noticed(rate_hz: float, *, is_off: bool) -> None:
    meter = measured(rate_hz)
    assert meter.measured_hz == pytest.approx(rate_hz)
    assert meter.is_off(CLAIMED_HZ) is is_off


def test_blocks_that_come_late_do_not_make_the_rate_seem_wrong() -> None:
    meter = measured(CLAIMED_HZ, late_s=0.3)
    assert meter.measured_hz is not None
    assert not meter.is_off(CLAIMED_HZ)


def test_nothing_is_said_before_a_stretch_is_whole() -> None:
    meter = measured(44_100, blocks=500)
    assert meter.measured_hz is None
    assert not meter.is_off(CLAIMED_HZ)


def test_a_loss_is_no_slow_clock() -> None:
    meter = RateMeter(over_s=60)
    for n in range(2000):
        if n % 500 == 499:
            meter.interrupt()
        pause_s = 30 * (n // 500)
        meter.push(4800, now_s=n / 10 + pause_s + (30 if n % 500 == 499 else 0))
    assert meter.measured_hz is None
