"""When recordings were made, as far as they say so themselves, and clocks that run backwards."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from asd_monitor.models.recordings import Recording

_IN_NAME = re.compile(
    r"(?<!\d)(?P<date>20\d\d([-_.]?)(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12]\d|3[01]))[-_T ]"
    r"(?P<time>(?:[01]\d|2[0-3])([-_:.]?)[0-5]\d\4[0-5]\d)(?!\d)"
)


def told_at(recording: Recording) -> datetime | None:
    """When a recording began, local time, by its session tag or else its name.

    A name tells where it holds a date and a time such as ``20260301T120000`` or
    ``2026-03-01_12-00-00``. The time of the file itself says nothing: copying changes it.

    Returns:
        Local time without a time zone, as names have it; None where nothing tells.
    """
    if recording.session is not None:
        return recording.recorded_at.astimezone().replace(tzinfo=None)
    match = _IN_NAME.search(recording.path.name)
    if match is None:
        return None
    digits = re.sub(r"\D", "", match["date"] + match["time"])
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S")  # noqa: DTZ007 - names have no zone
    except ValueError:
        return None


def backwards(recordings: Iterable[Recording]) -> tuple[tuple[str, str], ...]:
    """Files whose clock says that they began before a file they follow.

    Those of one session follow each other by their samples, others by their names, where these
    differ in nothing but digits.

    Returns:
        Pairs of names: the file that follows, and the one it follows.
    """
    groups: dict[object, list[tuple[datetime, Recording]]] = {}
    for recording in recordings:
        at = told_at(recording)
        if at is not None:
            groups.setdefault(_series(recording), []).append((at, recording))
    return tuple(
        (later.path.name, earlier.path.name)
        for group in groups.values()
        for (before, earlier), (at, later) in pairwise(
            sorted(group, key=lambda one: _place(one[1]))
        )
        if at < before
    )


def hours_of_day(times: Iterable[datetime]) -> tuple[int, ...]:
    """The hours of the day, 0 to 23, in which there is one of some times."""
    return tuple(sorted({time.hour for time in times}))


def say_hours(hours: Sequence[int]) -> str:
    """``08:00 to 11:00 and 14:00 to 15:00`` for the hours 8, 9, 10 and 14."""
    runs: list[list[int]] = []
    for hour in hours:
        if runs and runs[-1][1] == hour:
            runs[-1][1] = hour + 1
        else:
            runs.append([hour, hour + 1])
    return " and ".join(f"{begin:02}:00 to {end:02}:00" for begin, end in runs)


def _series(recording: Recording) -> object:
    if recording.session is not None:
        return ("session", recording.session)
    return (recording.path.parent, re.sub(r"\d+", "", recording.path.name))


def _place(recording: Recording) -> tuple[int, list[int]]:
    """Where a recording stands in its series."""
    if recording.session is not None:
        return recording.first_sample, []
    return 0, [int(digits) for digits in re.findall(r"\d+", recording.path.name)]
