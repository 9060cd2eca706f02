"""Looks at the recordings behind some normal sound: what they cover, what is strange."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from asd_monitor.calibrate.clocks import backwards, hours_of_day, told_at
from asd_monitor.calibrate.layouts import describe
from asd_monitor.calibrate.normal.gathering import covered_s
from asd_monitor.calibrate.normal.halves import compare_halves
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.recorded import NEARLY_SILENT_DBFS, Recorded
from asd_monitor.calibrate.unlike import NAMED_ABOVE, Unlike, deviations
from asd_monitor.models.recordings import Recording
from asd_monitor.models.scores import ClipScore


def survey(normal: NormalSound) -> Recorded:
    """Find out what there is to know of the recordings."""
    files = [recording for recordings in normal.recordings for recording in recordings]
    distinct = list({recording.path: recording for recording in files}.values())
    return Recorded(
        files=len(distinct),
        hours=hours_of_day(time for recording in distinct for time in _times(recording)),
        backwards=backwards(distinct),
        nearly_silent_s=sum(
            covered_s(
                [clip for clip in session if clip.level_dbfs < NEARLY_SILENT_DBFS],
                sample_rate_hz=normal.sample_rate_hz,
            )
            for session in normal.sessions
        ),
        unlike=_unlike(normal),
        left_out=normal.unlike,
        machines=tuple(sorted({describe(file.path.absolute()).machine_id for file in distinct})),
        halves=compare_halves([clip.score for clip in apart(normal)]),
    )


def in_order_of_time(normal: NormalSound) -> tuple[tuple[ClipScore, ...], ...]:
    """The sessions in the order in which they were recorded, where all of them tell it.

    Where one does not, they stay in the order in which they were found.
    """
    times = [told_at(recordings[0]) for recordings in normal.recordings]
    known = [time for time in times if time is not None]
    if not known or len(known) < len(times):
        return normal.sessions
    return tuple(normal.sessions[i] for i in sorted(range(len(known)), key=known.__getitem__))


def apart(normal: NormalSound) -> list[ClipScore]:
    """Clips that do not overlap, in the order of time."""
    step = max(1, round(normal.clip_s / normal.hop_s))
    return [clip for session in in_order_of_time(normal) for clip in session[::step]]


def _times(recording: Recording) -> Iterator[datetime]:
    """A moment in each hour of a recording, where it tells."""
    begin = told_at(recording)
    if begin is None:
        return
    hours = int(min(recording.duration_s, 86_400.0) // 3600)
    for hour in range(hours + 1):
        yield begin + timedelta(hours=hour)
    yield begin + timedelta(seconds=recording.duration_s)


def _unlike(normal: NormalSound) -> tuple[Unlike, ...]:
    """Files that score unlike the rest, the strangest first."""
    scored = list(_file_scores(normal))
    far = deviations([score for _, score in scored])
    found = [
        Unlike(name=name, deviations=float(distance))
        for (name, _), distance in zip(scored, far, strict=True)
        if distance > NAMED_ABOVE
    ]
    return tuple(sorted(found, key=lambda file: -file.deviations))


def _file_scores(normal: NormalSound) -> Iterator[tuple[str, float]]:
    """Median clip score of every file in which a clip has its middle."""
    for session, recordings in zip(normal.sessions, normal.recordings, strict=False):
        middles_s = np.array(
            [clip.first_sample / normal.sample_rate_hz + clip.duration_s / 2 for clip in session]
        )
        scores = np.array([clip.score for clip in session])
        for recording in recordings:
            begin_s = recording.first_sample / recording.sample_rate_hz
            inside = (middles_s >= begin_s) & (middles_s < begin_s + recording.duration_s)
            if inside.any():
                yield recording.path.name, float(np.median(scores[inside]))
