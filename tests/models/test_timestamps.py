from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.timestamps import format_utc, parse_utc, utc_now

moments = st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments)
def test_reading_gives_back_what_was_written_to_the_millisecond(moment: datetime) -> None:
    assert timedelta(0) <= moment - parse_utc(format_utc(moment)) < timedelta(milliseconds=1)


@given(moments, moments)
def test_texts_sort_as_their_moments_do(first: datetime, second: datetime) -> None:
    assert (format_utc(first) <= format_utc(second)) >= (first <= second)


def test_another_zone_is_turned_into_utc() -> None:
    moment = datetime(2026, 1, 31, 14, 0, 0, 500, tzinfo=timezone(timedelta(hours=2)))
    assert format_utc(moment) == "2026-01-31T12:00:00.000Z"


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        format_utc(datetime(2026, 1, 31))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["", "2026-01-31", "2026-01-31T12:00:00.000+00:00", "now"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not match"):
        parse_utc(text)


def test_now_knows_its_zone() -> None:
    assert utc_now().utcoffset() == timedelta(0)
