"""Dates from sample counts, anchored to UTC again and again while audio arrives.

Sound-card clocks drift by tens of parts per million and an overflow loses an unknown amount of
sound, so a date computed from the first anchor alone would be seconds off after a day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class SampleClock:
    """A moment of UTC tied to a sample position.

    Attributes:
        sample: position at ``sample_rate_hz``, counted from the beginning of the source.
        utc: when that sample was captured.
        sample_rate_hz: rate of the positions.
    """

    sample: int
    utc: datetime
    sample_rate_hz: int

    def at(self, sample: int) -> datetime:
        """The UTC time of a sample near the anchor, before or after it."""
        return self.utc + timedelta(seconds=(sample - self.sample) / self.sample_rate_hz)

    def sample_at(self, moment: datetime) -> int:
        """The sample of a UTC time, the inverse of `at`; negative before the source began."""
        return self.sample + round((moment - self.utc).total_seconds() * self.sample_rate_hz)
