from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.monitor.evidence.chart import Scale

widths = st.floats(1e-3, 1e6)


@given(st.floats(-1e5, 1e5), widths, st.integers(2, 8))
def test_ticks_lie_on_the_scale_evenly_and_about_as_many_as_asked_for(
    low: float, width: float, about: int
) -> None:
    scale = Scale(low, low + width, 0.0, 100.0)
    ticks = scale.ticks(about=about)
    assert about / 2.5 - 1 <= len(ticks) <= about + 1
    assert all(low - width * 1e-6 <= tick <= low + width * (1 + 1e-6) for tick in ticks)
    steps = [b - a for a, b in pairwise(ticks)]
    assert steps == pytest.approx(steps[:1] * len(steps), rel=1e-3)


def test_values_become_pixels_and_those_beyond_the_ends_stay_on_the_sheet() -> None:
    upward = Scale(0.0, 10.0, 200.0, 100.0)
    assert [upward.at(value) for value in (0.0, 5.0, 10.0)] == [200.0, 150.0, 100.0]
    assert (upward.at(-5.0), upward.at(99.0)) == (200.0, 100.0)
