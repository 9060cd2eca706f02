"""An event: one alarm, or one loss of capture, from start to end."""

import enum
from dataclasses import dataclass, replace
from datetime import datetime

from ulid import ULID

from asd_monitor.calibrate.transition import Detector
from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity


class EventType(enum.StrEnum):
    """What happened to an event."""

    ANOMALY_STARTED = "anomaly_started"
    ANOMALY_ENDED = "anomaly_ended"
    CAPTURE_LOST = "capture_lost"
    CAPTURE_RESTORED = "capture_restored"


class Clock(enum.StrEnum):
    """Whether the host's clock was synchronised when the event was detected."""

    SYNCED = "synced"
    UNSYNCED = "unsynced"


class Origin(enum.StrEnum):
    """Where the sound came from: a microphone now, or recordings."""

    LIVE = "live"
    REPLAY = "replay"


_ENDING = {
    EventType.ANOMALY_STARTED: EventType.ANOMALY_ENDED,
    EventType.CAPTURE_LOST: EventType.CAPTURE_RESTORED,
}


@dataclass(frozen=True, slots=True)
class Band:
    """A frequency band and its share of what made the score high.

    Attributes:
        low_hz: lower edge.
        high_hz: upper edge.
        share: 0 to 1.
        approximate: whether a convention, and no sum, parted the score among the bands.
    """

    low_hz: float
    high_hz: float
    share: float
    approximate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What lies on the disk of an event.

    Attributes:
        clip: the sound, a path under the evidence folder; None where there is none.
        spectrogram: the picture, likewise.
        pre_roll_s: where in the clip the event begins, in seconds.
    """

    clip: str | None
    spectrogram: str | None
    pre_roll_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The row of the store and the payload of the alert. Times are UTC.

    Attributes:
        event_type: the newest transition.
        event_id: ULID, the same from start to end.
        seq: number of that transition, per machine, never reused; None until recorded.
        node: the host that listens.
        machine: the machine's id.
        severity: ``critical`` for an anomaly, ``unknown`` for a loss of capture.
        started_at: onset, estimated from window scores; for a loss, when audio stopped.
        detected_at: when the decision fell.
        peak_at: when the score was highest.
        ended_at: None while the event is open.
        duration_s: from `started_at` to `ended_at`.
        score: score of the clip that decided.
        peak_score: highest clip score.
        threshold: the critical threshold.
        p_value: of ``score``, against the calibration.
        detector: what opened it; None for a loss, and where that was not written down yet.
        bands: where in frequency the sound is wrong, largest share first; None if unknown.
        trend: of the score in the hours before it was detected; None if unknown.
        model: fingerprint of the bundle.
        calibration: name of the calibration.
        clip: the sound, a path under the evidence folder.
        spectrogram: the picture, a path under the evidence folder.
        pre_roll_s: seconds of sound in ``clip`` before `started_at`.
        clock: whether the times can be trusted.
        source: microphone or recordings.
    """

    event_type: EventType
    event_id: str
    seq: int | None = None
    node: str
    machine: str
    severity: Severity
    started_at: datetime
    detected_at: datetime
    peak_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: float | None = None
    score: float | None = None
    peak_score: float | None = None
    threshold: float | None = None
    p_value: float | None = None
    detector: Detector | None = None
    bands: tuple[Band, ...] | None = None
    trend: Trend | None = None
    model: str | None = None
    calibration: str | None = None
    clip: str | None = None
    spectrogram: str | None = None
    pre_roll_s: float | None = None
    clock: Clock = Clock.SYNCED
    source: Origin = Origin.LIVE

    @property
    def is_open(self) -> bool:
        """Whether the event has not ended."""
        return self.ended_at is None


def open_event(
    *,
    node: str,
    machine: str,
    started_at: datetime,
    detected_at: datetime,
    event_type: EventType = EventType.ANOMALY_STARTED,
    score: float | None = None,
    threshold: float | None = None,
    p_value: float | None = None,
    detector: Detector | None = None,
    bands: tuple[Band, ...] | None = None,
    trend: Trend | None = None,
    model: str | None = None,
    calibration: str | None = None,
    clock: Clock = Clock.SYNCED,
    source: Origin = Origin.LIVE,
) -> Event:
    """Begin an event under a new id. Its peak is, so far, the clip that decided.

    Raises:
        ValueError: ``event_type`` is not one that begins an event.
    """
    if event_type not in _ENDING:
        raise ValueError(f"{event_type} does not begin an event")
    is_anomaly = event_type is EventType.ANOMALY_STARTED
    return Event(
        event_type=event_type,
        event_id=str(ULID.from_datetime(detected_at)),
        node=node,
        machine=machine,
        severity=Severity.CRITICAL if is_anomaly else Severity.UNKNOWN,
        started_at=started_at,
        detected_at=detected_at,
        peak_at=detected_at if score is not None else None,
        score=score,
        peak_score=score,
        threshold=threshold,
        p_value=p_value,
        detector=detector,
        bands=bands,
        trend=trend,
        model=model,
        calibration=calibration,
        clock=clock,
        source=source,
    )


def close_event(
    event: Event,
    *,
    ended_at: datetime,
    peak_at: datetime | None = None,
    peak_score: float | None = None,
    bands: tuple[Band, ...] | None = None,
    duration_s: float | None = None,
) -> Event:
    """End an event; what is not given stays as it was when it began.

    An end estimated before the onset counts as the onset: both are estimates. A duration that is
    not given is what lies between the two.

    Raises:
        ValueError: the event has ended already.
    """
    if not event.is_open:
        raise ValueError(f"event {event.event_id} has ended already")
    end = max(ended_at, event.started_at)
    return replace(
        event,
        event_type=_ENDING[event.event_type],
        seq=None,
        ended_at=end,
        duration_s=(end - event.started_at).total_seconds() if duration_s is None else duration_s,
        peak_at=event.peak_at if peak_at is None else peak_at,
        peak_score=event.peak_score if peak_score is None else peak_score,
        bands=event.bands if bands is None else bands,
    )
