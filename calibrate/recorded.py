"""What the recordings of normal sound cover and what is strange about them, in sentences."""

from collections.abc import Iterator
from dataclasses import dataclass

from asd_monitor.calibrate.clocks import say_hours
from asd_monitor.calibrate.durations import count, say_duration
from asd_monitor.calibrate.unlike import Unlike

NEARLY_SILENT_DBFS = -70.0
"""Some ten steps of a 16-bit converter: of such sound rounding is a good part."""

SIGNIFICANCE = 0.05
"""Halves that chance makes differ as much less often than that are said to differ."""

_HOURS_OF_A_DAY = 24
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """The second half of some normal sound compared with the first.

    Attributes:
        p_value: probability of a difference as large, were there none.
        shift: mean of the second half less that of the first, in standard deviations of a clip
            within a half.
    """

    p_value: float
    shift: float

    @property
    def differ(self) -> bool:
        """Whether it is unlikely that they are alike."""
        return self.p_value < SIGNIFICANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The recordings that set the thresholds.

    Attributes:
        files: how many.
        hours: hours of the day, 0 to 23, local time, in which some of it was recorded; empty where
            neither tags nor names tell.
        backwards: names of files whose clock says that they began before the one they follow, each
            with that one's.
        nearly_silent_s: seconds below `NEARLY_SILENT_DBFS`.
        unlike: files that score unlike the rest and were used all the same.
        left_out: files that score so unlike the rest that they set no threshold.
        halves: the second half compared with the first; None where there is too little of it.
        machines: which machines the names tell of (`asd_monitor.calibrate.layouts`).
    """

    files: int
    hours: tuple[int, ...] = ()
    backwards: tuple[tuple[str, str], ...] = ()
    nearly_silent_s: float = 0.0
    unlike: tuple[Unlike, ...] = ()
    left_out: tuple[Unlike, ...] = ()
    halves: Halves | None = None
    machines: tuple[str, ...] = ()


def say_recorded(recorded: Recorded) -> Iterator[str]:
    """One sentence or two for each thing to know, the most urgent first."""
    if len(recorded.machines) > 1:
        yield (
            f"By their names the recordings are of several machines"
            f" ({', '.join(recorded.machines)}), whose scores are not comparable; calibrate each"
            " machine on its own, with the same bundle if it was trained on all."
        )
    if recorded.left_out:
        yield (
            f"Left out because they sound unlike the rest: {_say_files(recorded.left_out)}. Listen"
            " to them; if they are normal, calibrate again with --keep-all."
        )
    if recorded.unlike:
        yield (
            f"Used, but unlike the rest: {_say_files(recorded.unlike)}. Listen to them; if they are"
            " not normal, take them away and calibrate again."
        )
    for later, earlier in recorded.backwards[:_NAMED]:
        yield (
            f"The clock runs backwards: {later} says that it began before {earlier}, which it"
            " follows; set the recorder's clock."
        )
    if recorded.nearly_silent_s:
        yield (
            f"Nearly silent, below {NEARLY_SILENT_DBFS:g} dBFS: "
            f"{say_duration(recorded.nearly_silent_s)}; put the microphone closer to the machine or"
            " turn up its gain."
        )
    if recorded.halves is not None:
        yield _say_halves(recorded.halves)
    yield _say_hours(recorded.hours)


def _say_files(files: tuple[Unlike, ...]) -> str:
    named = [f"{file.name} ({file.deviations:.0f} deviations above)" for file in files[:_NAMED]]
    more = len(files) - _NAMED
    return ", ".join([*named, *([f"and {count(more, 'more file')}"] if more > 0 else [])])


def _say_halves(halves: Halves) -> str:
    if not halves.differ:
        return (
            "The second half of the sound scores like the first, as far as chance lets tell"
            f" (p = {halves.p_value:.2f})."
        )
    direction = "higher" if halves.shift > 0 else "lower"
    return (
        f"The second half of the sound scores {abs(halves.shift):.1f} standard deviations"
        f" {direction} than the first (p = {halves.p_value:.3f}): the machine or what surrounds it"
        " changed meanwhile, and what comes next may lie beyond both; record over a longer time."
    )


def _say_hours(hours: tuple[int, ...]) -> str:
    if not hours:
        return (
            "Neither tags nor names tell when this was recorded; other times of day, loads and"
            " seasons may sound different."
        )
    if len(hours) == _HOURS_OF_A_DAY:
        return "Every hour of the day was recorded."
    return (
        f"Recorded {say_hours(hours)}; what the machine sounds like at other times of day"
        " nobody has heard."
    )
