"""What the decision says when an event opens or closes."""

import enum
from dataclasses import dataclass

from asd_monitor.calibrate.verdict import Verdict
from asd_monitor.models.scores import ClipScore


class TransitionKind(enum.StrEnum):
    """What happened to the machine's event."""

    OPENED = "opened"
    CLOSED = "closed"


class Detector(enum.StrEnum):
    """What opened an event: clips above the threshold, or a lasting shift of the scores."""

    THRESHOLD = "threshold"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The opening or closing of an event.

    Attributes:
        kind: which of the two.
        sample: end of the deciding clip, at the model's rate, from the beginning of the source.
        clip: the deciding clip.
        verdict: of the deciding clip.
        opened_sample: where the event was opened.
        peak_score: highest clip score of the event so far.
        peak_sample: end of the clip that had it.
        peak_voices: the scores that it combined (`ClipScore.voices`); empty where the peak was
            before a restart.
        detector: what opened the event.
        estimated_sample: where a shift began (opened) or ended (closed) by the change detector's
            own account; None where the threshold opened the event, whose window scores know.
    """

    kind: TransitionKind
    sample: int
    clip: ClipScore
    verdict: Verdict
    opened_sample: int
    peak_score: float
    peak_sample: int
    peak_voices: tuple[float, ...] = ()
    detector: Detector = Detector.THRESHOLD
    estimated_sample: int | None = None
