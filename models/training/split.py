"""Which sound is fitted, which chooses the epoch, which is left out for calibration."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from asd_monitor.models.recordings import Recording


class Role(enum.StrEnum):
    """What a stretch of sound is for."""

    FITTED = "fitted"
    STOPPING = "stopping"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a recording with one role.

    Attributes:
        recording: the file.
        first_sample: where it begins in the file, at the file's own rate.
        n_samples: its length, at the file's own rate.
        role: what it is for.
    """

    recording: Recording
    first_sample: int
    n_samples: int
    role: Role

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.recording.sample_rate_hz


def split_by_time(
    recordings: Sequence[Recording], *, stopping: float, hold_out: float
) -> tuple[Span, ...]:
    """Split recordings by time: the first part is fitted, the next chooses the epoch.

    Sound that lies close together in time is alike, so a random split would judge a detector by
    sound that it has all but seen. A recording no longer than the stopping part stays whole, on
    the side where its middle lies, so that clips remain clips; since such recordings follow each
    other more closely than the part is long, the part is never empty. A longer one is cut at the
    boundary, rounded to a whole second of it.

    Args:
        recordings: in the order of time.
        stopping: share of all seconds that chooses the epoch, over 0.
        hold_out: share of all seconds at the end that is left out.

    Returns:
        Spans in the order of time that together are all of the recordings.
    """
    ends_s = list(accumulate((recording.duration_s for recording in recordings), initial=0.0))
    total_s = ends_s[-1]
    boundaries_s = ((1 - stopping - hold_out) * total_s, (1 - hold_out) * total_s)
    spans: list[Span] = []
    for recording, start_s in zip(recordings, ends_s, strict=False):
        is_short = recording.duration_s <= stopping * total_s
        cuts = () if is_short else _cuts(recording, start_s, boundaries_s)
        for first, end in pairwise((0, *cuts, recording.n_samples)):
            middle_s = start_s + (first + end) / 2 / recording.sample_rate_hz
            spans.append(Span(recording, first, end - first, _role_at(middle_s, boundaries_s)))
    return tuple(spans)


def _cuts(
    recording: Recording, start_s: float, boundaries_s: tuple[float, float]
) -> tuple[int, ...]:
    """Samples to cut a recording at, ascending, none at its ends."""
    rate = recording.sample_rate_hz
    samples = {round(boundary_s - start_s) * rate for boundary_s in boundaries_s}
    return tuple(sorted(sample for sample in samples if 0 < sample < recording.n_samples))


def _role_at(time_s: float, boundaries_s: tuple[float, float]) -> Role:
    fitted_end_s, stopping_end_s = boundaries_s
    if time_s < fitted_end_s:
        return Role.FITTED
    return Role.STOPPING if time_s < stopping_end_s else Role.LEFT_OUT
