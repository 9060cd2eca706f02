from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.tags import SessionTag, parse_tag


@given(
    session=st.from_regex(r"[0-9A-Za-z_.-]{1,26}", fullmatch=True),
    first_sample=st.integers(0, 2**53),
    seconds=st.integers(0, 4_000_000_000),
    milliseconds=st.integers(0, 999),
)
def test_a_tag_reads_back(session: str, first_sample: int, seconds: int, milliseconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=milliseconds)
    tag = SessionTag(session=session, first_sample=first_sample, recorded_at=at)
    assert parse_tag(str(tag)) == tag


def test_a_tag_is_in_utc() -> None:
    at = datetime(2025, 3, 1, 8, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=2)))
    tag = SessionTag(session="s", first_sample=5, recorded_at=at)
    assert str(tag) == ("asd-monitor session=s first_sample=5 recorded_at=2025-03-01T06:30:00.250Z")


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "Recorded in the pump room",
        "asd-monitor session=s first_sample=x recorded_at=2025-03-01T06:30:00Z",
        "asd-monitor session=s first_sample=5 recorded_at=yesterday",
        "asd-monitor session=s first_sample=5 recorded_at=2025-03-01T06:30:00",
    ],
)
def test_any_other_comment_is_no_tag(comment: str) -> None:
    assert parse_tag(comment) is None


@pytest.mark.parametrize(
    ("session", "first_sample", "at"),
    [
        ("", 0, datetime(2025, 3, 1, tzinfo=UTC)),
        ("two words", 0, datetime(2025, 3, 1, tzinfo=UTC)),
        ("s", -1, datetime(2025, 3, 1, tzinfo=UTC)),
        ("s", 0, datetime(2025, 3, 1)),  # noqa: DTZ001
    ],
)
def test_what_could_not_be_read_back_is_refused(
    session: str, first_sample: int, at: datetime
) -> None:
    with pytest.raises(ValueError, match=r"session|first_sample"):
        SessionTag(session=session, first_sample=first_sample, recorded_at=at)
