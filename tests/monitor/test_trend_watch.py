from dataclasses import replace
from datetime import datetime, timedelta

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.judge import judge
from asd_monitor.calibrate.trend import Trend
from asd_monitor.models.timestamps import format_utc
from asd_monitor.monitor.store.store import Store
from asd_monitor.monitor.trend_watch import TrendWatch
from tests.support.alarms import NOON
from tests.support.clip_scores import a_calibration, clip


def calibrated(at: datetime) -> Calibration:
    return replace(a_calibration(), created_at=format_utc(at))


def remember(store: Store, *, hours: float, rise_per_hour: float) -> None:
    """A clip every two minutes up to noon."""
    for minute in range(0, round(hours * 60), 2):
        ago = timedelta(minutes=minute)
        heard = clip(-rise_per_hour * minute / 60)
        verdict = judge(heard, a_calibration())
        store.scores.add("pump", at=NOON - ago, clip=heard, verdict=verdict)


def test_a_climb_over_hours_is_told(store: Store) -> None:
    remember(store, hours=4, rise_per_hour=0.5)
    watch = TrendWatch(store, "pump", calibrated(NOON - timedelta(days=1)))
    assert watch.trend(NOON, now_s=0.0) is Trend.RISING


def test_scores_of_an_older_calibration_say_nothing(store: Store) -> None:
    remember(store, hours=4, rise_per_hour=0.5)
    watch = TrendWatch(store, "pump", calibrated(NOON - timedelta(minutes=30)))
    assert watch.trend(NOON, now_s=0.0) is None


def test_the_store_is_asked_every_ten_minutes(store: Store) -> None:
    watch = TrendWatch(store, "pump", calibrated(NOON - timedelta(days=1)))
    assert watch.trend(NOON, now_s=0.0) is None
    remember(store, hours=4, rise_per_hour=-0.5)
    assert watch.trend(NOON, now_s=599.0) is None
    assert watch.trend(NOON, now_s=600.0) is Trend.FALLING


def test_what_could_not_be_judged_is_no_evidence(store: Store) -> None:
    remember(store, hours=4, rise_per_hour=0.0)
    for minute in range(60):
        short = clip(50.0, duration_s=1.0)
        at = NOON - timedelta(minutes=minute, seconds=30)
        store.scores.add("pump", at=at, clip=short, verdict=judge(short, a_calibration()))
    means = store.scores.means(
        "pump", since=NOON - timedelta(hours=1), until=NOON, step=timedelta(minutes=10)
    )
    assert set(means) == {0.0}
    assert len(means) in {6, 7}
