"""The decision code played over sound that is already scored."""

from collections.abc import Iterable, Sequence

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.decision import Decision
from asd_monitor.calibrate.judge import judge
from asd_monitor.calibrate.transition import Transition, TransitionKind
from asd_monitor.models.scores import ClipScore


def rehearse(
    sessions: Iterable[Sequence[ClipScore]], calibration: Calibration, *, sample_rate_hz: int
) -> tuple[Transition, ...]:
    """Run every session through the decision as a stream of its own.

    Args:
        sessions: clips in order of time.
        calibration: its thresholds and decision settings.
        sample_rate_hz: rate of the clips' ``first_sample``.

    Returns:
        Every opening and closing, in order.
    """
    decision = Decision(
        calibration.decision,
        clear_level=calibration.clear_level,
        sample_rate_hz=sample_rate_hz,
        change=calibration.change,
    )
    transitions: list[Transition] = []
    for session in sessions:
        for clip in session:
            transitions += decision.push(clip, judge(clip, calibration))
        transitions += decision.end_session(stream_ends=True)
    return tuple(transitions)


def count_alarms(
    sessions: Iterable[Sequence[ClipScore]], calibration: Calibration, *, sample_rate_hz: int
) -> int:
    """How many events open; the arguments are those of `rehearse`."""
    transitions = rehearse(sessions, calibration, sample_rate_hz=sample_rate_hz)
    return sum(transition.kind is TransitionKind.OPENED for transition in transitions)
