import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.monitor.cli.report_chart import ChartData, score_chart
from asd_monitor.monitor.listening_time import listening_spans
from tests.support.alarms import NOON, anomaly
from tests.support.snapshots import THRESHOLD, clips_of

HOUR = timedelta(hours=1)


def drawn(
    scores: Sequence[float | None], *, over: timedelta = HOUR, threshold: float | None = THRESHOLD
) -> ET.Element:
    clips = clips_of("pump", scores)
    data = ChartData(
        since=NOON - over,
        until=NOON,
        clips=clips,
        spans=listening_spans(clips, now=NOON),
        events=[anomaly()],
        threshold=threshold,
    )
    return ET.fromstring(score_chart(data, width=420, height=240))  # noqa: S314 - our own


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in svg.iter() if name in each.get("class", "").split()]


@given(
    scores=st.lists(st.none() | st.floats(-1e6, 1e6), max_size=60),
    days=st.floats(0.01, 400),
    threshold=st.none() | st.floats(-1e3, 1e3),
)
def test_it_is_well_formed_and_inside_its_frame_whatever_is_drawn(
    scores: list[float | None], days: float, threshold: float | None
) -> None:
    svg = drawn(scores, over=timedelta(days=days), threshold=threshold)
    for path in of_class(svg, "bar"):
        for x, bottom, top in re.findall(r"M(\S+) (\S+?)V([\d.]+)", path.get("d", "")):
            assert 0 <= float(x) <= 420
            assert 0 <= float(top) <= float(bottom) <= 240
    for label in svg.iter("text"):
        assert 0 <= float(label.get("x", "-1")) <= 420


def test_a_higher_score_is_a_higher_bar_and_above_the_threshold_it_is_an_alarms() -> None:
    svg = drawn([0.5] * 60 + [2.0] * 60)
    (normal,), (critical,) = of_class(svg, "normal"), of_class(svg, "critical")
    tops = [
        {float(top) for top in re.findall(r"V([\d.]+)", path.get("d", ""))}
        for path in (normal, critical)
    ]
    (line,) = of_class(svg, "threshold")
    limit = float(line.get("d", "").split()[1].split("H")[0])
    assert max(tops[1]) < limit < min(tops[0])


def test_what_was_heard_covers_the_shade_of_what_was_not() -> None:
    svg = drawn([0.5] * 1800)
    (gap,), (heard,) = of_class(svg, "gap"), of_class(svg, "heard")
    assert float(heard.get("width", "0")) == pytest.approx(
        float(gap.get("width", "0")) / 2, rel=0.02
    )
    (unjudged,) = of_class(drawn([None] * 60), "unjudged")
    assert float(unjudged.get("width", "0")) > 0


def test_times_are_named_as_often_as_there_is_room() -> None:
    for days in (0.02, 0.3, 3, 30, 300):
        labels = of_class(drawn([0.5], over=timedelta(days=days)), "middle")
        places = [float(label.get("x", "0")) for label in labels]
        assert labels
        assert all(right - left > 50 for left, right in pairwise(places))
