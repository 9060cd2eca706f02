from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.monitor.back_off import BackOff


@given(failures=st.integers(1, 10_000))
def test_pauses_grow_and_stay_bounded(failures: int) -> None:
    back_off = BackOff()
    pause_s = back_off.pause_s(failures)
    assert back_off.first_s <= pause_s <= back_off.longest_s
    assert back_off.pause_s(failures + 1) in {2 * pause_s, back_off.longest_s}
