from asd_monitor.monitor.vitals.pressure import BEHIND_S, CAUGHT_UP_S, DROP_REMEMBERED_S, Pressure


def test_falling_behind_begins_late_ends_later_and_is_told_once() -> None:
    pressure = Pressure()
    steps = [0.5, BEHIND_S - 0.1, BEHIND_S, BEHIND_S + 5, CAUGHT_UP_S, CAUGHT_UP_S - 0.1]
    told = [
        pressure.update(behind_s=each, dropped_samples=0, now_s=n) for n, each in enumerate(steps)
    ]
    assert told == [False, False, True, False, False, False]
    assert not pressure.is_behind


def test_who_has_fallen_behind_has_not_caught_up_before_next_to_nothing_waits() -> None:
    pressure = Pressure()
    pressure.update(behind_s=BEHIND_S, dropped_samples=0, now_s=0.0)
    pressure.update(behind_s=CAUGHT_UP_S, dropped_samples=0, now_s=1.0)
    assert pressure.is_behind


def test_sound_given_up_is_remembered_though_nothing_waits_any_more() -> None:
    pressure = Pressure()
    assert pressure.update(behind_s=0.0, dropped_samples=100, now_s=1000.0)
    assert not pressure.update(behind_s=0.0, dropped_samples=100, now_s=999.0 + DROP_REMEMBERED_S)
    assert pressure.is_behind
    pressure.update(behind_s=0.0, dropped_samples=100, now_s=1000.0 + DROP_REMEMBERED_S)
    assert not pressure.is_behind
