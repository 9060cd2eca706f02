from asd_monitor.monitor.stint import Stint


def test_what_takes_longer_than_it_can_is_overdue_until_it_ends() -> None:
    stint = Stint(longest_s=10.0)
    stint.begin(now_s=100.0)
    assert not stint.is_overdue(now_s=110.0)
    assert stint.is_overdue(now_s=110.1)
    stint.end()
    assert not stint.is_overdue(now_s=1e9)


def test_who_rests_is_never_overdue() -> None:
    assert not Stint(longest_s=10.0).is_overdue(now_s=1e9)


def test_each_piece_of_work_has_its_own_time() -> None:
    stint = Stint(longest_s=10.0)
    for now_s in (0.0, 9.0, 18.0):
        stint.begin(now_s=now_s)
    assert not stint.is_overdue(now_s=27.0)
    assert stint.is_overdue(now_s=29.0)
