"""From a pipeline's transitions to the events that are stored and told. Pure but for the id."""

from dataclasses import dataclass

from asd_monitor.calibrate.trend import Trend
from asd_monitor.monitor.events import Clock, Event, Origin, close_event, open_event
from asd_monitor.monitor.outcome import DatedTransition


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What every message about a machine says of itself.

    Attributes:
        node: this computer.
        machine: the machine's id.
        model: fingerprint of the bundle.
        calibration: when the calibration was made, which is its name.
        source: microphone or recordings.
    """

    node: str
    machine: str
    model: str
    calibration: str
    source: Origin


def begin_alarm(
    opened: DatedTransition, identity: Identity, clock: Clock, *, trend: Trend | None = None
) -> Event:
    """The event of an opening.

    Args:
        opened: the opening.
        identity: who speaks about what.
        clock: whether the times can be trusted.
        trend: of the score in the hours before, where they are remembered.
    """
    verdict = opened.transition.verdict
    return open_event(
        node=identity.node,
        machine=identity.machine,
        started_at=opened.started_at,
        detected_at=opened.detected_at,
        score=verdict.score,
        threshold=verdict.threshold,
        p_value=verdict.p_value,
        bands=opened.bands,
        trend=trend,
        detector=opened.transition.detector,
        model=identity.model,
        calibration=identity.calibration,
        clock=clock,
        source=identity.source,
    )


def end_alarm(event: Event, closed: DatedTransition) -> Event:
    """The same event after its closing.

    Raises:
        ValueError: the transition does not close an event.
    """
    if closed.ended_at is None:
        raise ValueError("the transition does not close an event")
    return close_event(
        event,
        ended_at=closed.ended_at,
        peak_at=closed.peak_at,
        peak_score=closed.transition.peak_score,
        bands=closed.bands,
        duration_s=closed.duration_s,
    )
