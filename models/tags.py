"""What a recording says of itself: which session it belongs to, where in it, and when."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_TAG = re.compile(r"asd-monitor session=(\S+) first_sample=(\d+) recorded_at=(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTag:
    """The place of a file in the recording session it was cut from.

    Attributes:
        session: name of the session, without white space.
        first_sample: the file's first sample, counted from the beginning of the source, at the
            file's rate.
        recorded_at: UTC time of that sample, to the millisecond once written.
    """

    session: str
    first_sample: int
    recorded_at: datetime

    def __post_init__(self) -> None:
        """Refuse what `parse_tag` could not read back, with a ValueError."""
        if not re.fullmatch(r"\S+", self.session):
            raise ValueError(f"session {self.session!r} is empty or holds white space")
        if self.first_sample < 0 or self.recorded_at.tzinfo is None:
            raise ValueError("first_sample must not be negative, recorded_at needs a time zone")

    def __str__(self) -> str:
        """The tag as the comment of a sound file holds it."""
        utc = self.recorded_at.astimezone(UTC).replace(tzinfo=None)
        at = f"{utc.isoformat(timespec='milliseconds')}Z"
        return (
            f"asd-monitor session={self.session} first_sample={self.first_sample} recorded_at={at}"
        )


def parse_tag(comment: str) -> SessionTag | None:
    """Read a sound file's comment; None where it is not one of ours."""
    match = _TAG.match(comment)
    if match is None:
        return None
    session, first_sample, recorded_at = match.groups()
    at = _utc_time(recorded_at)
    if at is None:
        return None
    return SessionTag(session=session, first_sample=int(first_sample), recorded_at=at)


def _utc_time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
