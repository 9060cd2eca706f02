"""Times as text: RFC 3339, UTC, with milliseconds and ``Z``; and as numbers, in the store."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def utc_now() -> datetime:
    """The present, aware of being UTC."""
    return datetime.now(UTC)


def format_utc(moment: datetime) -> str:
    """Write a moment as ``2026-01-31T12:34:56.789Z``; finer digits are cut off.

    Raises:
        ValueError: the moment does not know its time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; use an aware datetime")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def parse_utc(text: str) -> datetime:
    """Read what `format_utc` wrote.

    Raises:
        ValueError: the text is no RFC 3339 UTC time with a fraction and ``Z``.
    """
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970, finer digits cut off."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The moment, UTC, of `to_ms`."""
    return _EPOCH + timedelta(milliseconds=ms)
