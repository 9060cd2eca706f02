"""What comes of sound: judged clips, and events with their moments in UTC. Pure."""

from dataclasses import dataclass
from datetime import datetime

from asd_monitor.calibrate.transition import Detector, Transition
from asd_monitor.calibrate.verdict import Verdict
from asd_monitor.models.scores import ClipScore, WindowScores
from asd_monitor.monitor.events import Band


@dataclass(frozen=True, slots=True)
class JudgedClip:
    """A clip, what is said about it, and when it ended (UTC)."""

    clip: ClipScore
    verdict: Verdict
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedTransition:
    """The opening or closing of an event, with its moments in UTC.

    Attributes:
        transition: what the decision said.
        started_at: estimated onset of the event.
        detected_at: end of the clip that opened it.
        peak_at: end of its highest clip so far.
        ended_at: estimated end of the fault, of a closing; else None.
        started_sample: the onset, at the model's rate; 0 of an event that an earlier process began.
        ended_sample: the estimated end, of a closing; else None.
        bands: where in frequency it is wrong: of an opening, from the onset on; of a closing, in
            the highest clip. None where that is not known.
        duration_s: of a closing: seconds of sound from onset to end, which no clock that is set
            meanwhile changes; None where the onset was before this pipeline.
    """

    transition: Transition
    started_at: datetime
    detected_at: datetime
    peak_at: datetime
    ended_at: datetime | None
    started_sample: int
    ended_sample: int | None
    bands: tuple[Band, ...] | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarm:
    """An event that has not ended, as far as it must be known to go on with it.

    Attributes:
        started_at: estimated onset.
        detected_at: end of the clip that opened it.
        peak_at: end of its highest clip so far.
        peak_score: of that clip.
        peak_voices: the scores that it combined; empty where that was before this pipeline.
        detector: what opened it.
        onset_sample: of ``started_at``; 0 where that was before this pipeline.
        bands: where in frequency it is wrong, in its highest clip.
    """

    started_at: datetime
    detected_at: datetime
    peak_at: datetime
    peak_score: float
    peak_voices: tuple[float, ...] = ()
    detector: Detector = Detector.THRESHOLD
    onset_sample: int = 0
    bands: tuple[Band, ...] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What some sound led to, in order; the fields of `Scored`, judged."""

    clips: tuple[JudgedClip, ...] = ()
    transitions: tuple[DatedTransition, ...] = ()
    windows: tuple[WindowScores, ...] = ()
    n_windows: int = 0


def joined(first: Outcome, second: Outcome) -> Outcome:
    """One after the other."""
    return Outcome(
        first.clips + second.clips,
        first.transitions + second.transitions,
        first.windows + second.windows,
        first.n_windows + second.n_windows,
    )
