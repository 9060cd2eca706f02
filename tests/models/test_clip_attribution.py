"""What several members name becomes one account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.attribution import BandExcess
from asd_monitor.models.clip_attribution import join


def band(low_hz: float, high_hz: float, share: float, *, approximate: bool = False) -> BandExcess:
    return BandExcess(
        low_hz=low_hz,
        high_hz=high_hz,
        share=share,
        from_s=0.0,
        to_s=10.0 if approximate else 1.0,
        approximate=approximate,
    )


def test_a_band_that_two_name_is_one_with_the_exact_edges_and_times() -> None:
    exact, about = band(1000, 1200, 0.8), band(1100, 1300, 0.6, approximate=True)
    (joined,) = join([(1.0, [exact]), (3.0, [about])])
    assert (joined.low_hz, joined.high_hz, joined.to_s) == (1000, 1200, 1.0)
    assert joined.share == pytest.approx(0.25 * 0.8 + 0.75 * 0.6)
    assert not joined.approximate


def test_bands_apart_stay_apart_and_the_one_that_carried_more_comes_first() -> None:
    exact, about = band(1000, 1200, 0.9), band(4000, 4500, 0.9, approximate=True)
    first, second = join([(1.0, [exact]), (2.0, [about])])
    assert (first.low_hz, second.low_hz) == (4000, 1000)
    assert first.approximate
    assert not second.approximate


def test_a_member_that_carried_nothing_names_nothing_unless_none_has() -> None:
    exact, about = band(1000, 1200, 0.9), band(4000, 4500, 0.9, approximate=True)
    assert [found.low_hz for found in join([(0.0, [exact]), (2.0, [about])])] == [4000]
    assert len(join([(0.0, [exact]), (0.0, [about])])) == 2


shares = st.floats(0.05, 0.3)
members = st.tuples(
    st.floats(0, 50),
    st.lists(
        st.builds(
            lambda low, width, share, approximate: band(
                low, low + width, share, approximate=approximate
            ),
            st.floats(0, 7000),
            st.floats(20, 900),
            shares,
            st.booleans(),
        ),
        max_size=3,
    ),
)


@given(st.lists(members, min_size=1, max_size=3))
def test_at_most_three_bands_share_no_more_than_everything(
    found: list[tuple[float, list[BandExcess]]],
) -> None:
    joined = join(found)
    assert len(joined) <= 3
    assert sum(each.share for each in joined) <= 1 + 1e-9
    assert [each.share for each in joined] == sorted((e.share for e in joined), reverse=True)
