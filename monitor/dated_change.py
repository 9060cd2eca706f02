"""What the change detector has summed up, on the calendar. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from asd_monitor.calibrate.change import FORGET_S, ChangeState
from asd_monitor.monitor.clock import SampleClock


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedChange:
    """A `ChangeState` whose moments are dates, so that another stream can go on with it.

    Attributes:
        total: the sum, standard deviations.
        is_shifted: the scores have shifted.
        began_at: when the sum last left zero.
        highest_at: end of the latest clip at which the sum was at the alarm level.
        counted_at: end of the last clip that counted.
    """

    total: float
    is_shifted: bool
    began_at: datetime
    highest_at: datetime
    counted_at: datetime

    @classmethod
    def of(cls, state: ChangeState, clock: SampleClock) -> Self:
        """Date a state by the clock of its stream."""
        return cls(
            total=state.total,
            is_shifted=state.is_shifted,
            began_at=clock.at(state.began_sample),
            highest_at=clock.at(state.highest_sample),
            counted_at=clock.at(state.next_sample),
        )

    def placed(self, clock: SampleClock) -> ChangeState | None:
        """The state on the time line of a stream that begins now; None where it is out of date.

        It is as after a gap of an hour or more, and where the clock says that it is yet to come.
        """
        age = clock.utc - self.counted_at
        if not timedelta(0) <= age <= timedelta(seconds=FORGET_S):
            return None
        return ChangeState(
            total=self.total,
            is_shifted=self.is_shifted,
            began_sample=clock.sample_at(self.began_at),
            highest_sample=clock.sample_at(self.highest_at),
            next_sample=clock.sample_at(self.counted_at),
        )
