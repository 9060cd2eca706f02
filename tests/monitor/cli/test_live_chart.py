from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.cli.live_chart import Column, chart, columns, meter, threshold_row
from tests.support.alarms import NOON
from tests.support.snapshots import THRESHOLD, clips_of, severity_of

OVER = timedelta(minutes=10)
SCORES = st.lists(
    st.none() | st.floats(-100, 100).map(lambda score: round(score, 3)), min_size=1, max_size=80
)


def drawn(*scores: float | None) -> list[Column]:
    return [Column(score, severity_of(score)) for score in scores]


def test_a_column_is_its_worst_clip() -> None:
    clips = clips_of("pump", [0.1] * 300 + [2.0] + [0.2] * 299)
    found = columns(clips, now=NOON, over=OVER, n_columns=60)
    assert [column.score for column in found].count(2.0) == 1
    assert {column.severity for column in found if column.score == 2.0} == {Severity.CRITICAL}


def test_a_column_is_unknown_only_where_no_clip_of_it_could_be_judged() -> None:
    over = timedelta(minutes=2)
    found = columns(clips_of("pump", [None, 0.5, None]), now=NOON, over=over, n_columns=2)
    assert found == [Column(0.5, Severity.NORMAL), Column()]
    found = columns(clips_of("pump", [None, None]), now=NOON, over=over, n_columns=2)
    assert found == [Column(None, Severity.UNKNOWN), Column()]


def test_the_past_does_not_change_its_columns_as_time_goes_on() -> None:
    clips = clips_of("pump", [i % 17 / 10 for i in range(500)])
    now = columns(clips, now=NOON, over=OVER, n_columns=60)
    later = columns(clips, now=NOON + timedelta(seconds=10), over=OVER, n_columns=60)
    assert later[:-1] == now[1:]


def test_what_was_not_heard_is_empty_and_what_was_not_judged_is_a_dot() -> None:
    (row,) = chart([Column(), Column(None, Severity.UNKNOWN)], threshold=None, height=1)
    assert row.plain == " ·"


@given(scores=SCORES, height=st.integers(1, 8))
def test_every_row_is_as_wide_as_there_are_columns_and_higher_scores_are_never_lower(
    scores: list[float | None], height: int
) -> None:
    rows = chart(drawn(*scores), threshold=THRESHOLD, height=height)
    assert [len(row.plain) for row in rows] == [len(scores)] * height
    heights = [
        sum(" ▁▂▃▄▅▆▇█".find(row.plain[i]) for row in rows if row.plain[i] not in "┄·")
        for i in range(len(scores))
    ]
    known = sorted(
        (score, bar) for score, bar in zip(scores, heights, strict=True) if score is not None
    )
    assert [bar for _, bar in known] == sorted(bar for _, bar in known)


@given(scores=st.lists(st.floats(-100, 1.2), min_size=1))
def test_while_all_is_normal_the_threshold_stays_where_it_is_and_below_the_top(
    scores: list[float],
) -> None:
    row = threshold_row(drawn(*scores), threshold=THRESHOLD, height=6)
    assert row == 4


def test_a_score_far_above_the_threshold_does_not_flatten_what_is_normal() -> None:
    assert threshold_row(drawn(0.0, 1e6), threshold=THRESHOLD, height=6) == 2
    assert chart(drawn(0.0, 1e6), threshold=THRESHOLD, height=6)[0].plain == " █"


@pytest.mark.parametrize(
    ("level", "shown"),
    [(None, ""), (-90.0, ""), (-45.0, "█████"), (0.0, "█" * 10), (6.0, "█" * 10)],
)
def test_the_meter_is_empty_in_silence_and_full_at_full_scale(
    level: float | None, shown: str
) -> None:
    assert meter(level, width=10).plain == shown.ljust(10)
