"""Which sound is fitted, which chooses the epoch, which is left out for calibration."""

import enum
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from asd_monitor.models.recordings import Recording
from asd_monitor.models.training.blocks import Block


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
    recordings: Sequence[Recording],
    *,
    stopping: float,
    hold_out: float,
    block: Block | None = None,
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
        block: left out as well; the last of what remains chooses the epoch.

    Returns:
        Spans in the order of time that together are all of the recordings.
    """
    ends_s = list(accumulate((recording.duration_s for recording in recordings), initial=0.0))
    total_s = ends_s[-1]
    parts = _parts(stopping, hold_out, block)
    boundaries_s = [begin * total_s for begin, _ in parts[1:]]
    roles = [role for _, role in parts]
    spans: list[Span] = []
    for recording, start_s in zip(recordings, ends_s, strict=False):
        is_short = recording.duration_s <= stopping * total_s
        cuts = () if is_short else _cuts(recording, start_s, boundaries_s)
        for first, end in pairwise((0, *cuts, recording.n_samples)):
            middle_s = start_s + (first + end) / 2 / recording.sample_rate_hz
            role = roles[bisect_right(boundaries_s, middle_s)]
            spans.append(Span(recording, first, end - first, role))
    return tuple(spans)


def _parts(stopping: float, hold_out: float, block: Block | None) -> list[tuple[float, Role]]:
    """Where each part begins, as a share of all seconds, and what it is for; in order."""
    used = 1 - hold_out
    last = [(used - stopping, Role.STOPPING), (used, Role.LEFT_OUT)]
    if block is None:
        return [(0.0, Role.FITTED), *last]
    if block.end <= used - stopping:
        around = [(block.begin, Role.LEFT_OUT), (block.end, Role.FITTED)]
        return [(0.0, Role.FITTED), *around, *last]
    # The block takes some of what would choose the epoch, which therefore begins before it.
    return [
        (0.0, Role.FITTED),
        (block.begin - (stopping - (used - block.end)), Role.STOPPING),
        (block.begin, Role.LEFT_OUT),
        (block.end, Role.STOPPING),
        (used, Role.LEFT_OUT),
    ]


def _cuts(recording: Recording, start_s: float, boundaries_s: Sequence[float]) -> tuple[int, ...]:
    """Samples to cut a recording at, ascending, none at its ends."""
    rate = recording.sample_rate_hz
    samples = {round(boundary_s - start_s) * rate for boundary_s in boundaries_s}
    return tuple(sorted(sample for sample in samples if 0 < sample < recording.n_samples))
