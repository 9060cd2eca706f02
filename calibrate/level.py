"""The critical threshold tried on the real decision, and raised where it alarms too often.

The rules count blocks; what the user hears is the decision. So the decision itself is played over
the held-out sound and over resamples of it by whole stretches, each a stream of its own as
recordings are, and the threshold rises to the next score that was observed until its alarms stay
within the budget. It is never lowered: the guarantee of a rule, where it has one, stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from asd_monitor.calibrate.bootstrap import block_length
from asd_monitor.calibrate.calibration import Calibration, Thresholds
from asd_monitor.calibrate.confirmation import confirmed_scores
from asd_monitor.calibrate.rehearsal import count_alarms
from asd_monitor.models.scores import ClipScore

Session = Sequence[ClipScore]

MAX_RESAMPLED_CLIPS = 30_000
MAX_RESAMPLES = 20
SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a threshold was tried on.

    Attributes:
        streams: clips in order of time, the held-out sessions and the resampled stretches.
        accepted: alarms in all of them together that the budget accepts.
        sample_rate_hz: rate of the clips' ``first_sample``.
    """

    streams: tuple[Session, ...]
    accepted: float
    sample_rate_hz: int


def prepare(
    sessions: Sequence[Session], *, seconds: float, rate_per_s: float, sample_rate_hz: int
) -> Rehearsal:
    """Draw the resamples; the same sound gives the same ones.

    Args:
        sessions: clips of held-out normal sound; none is empty.
        seconds: sound that they cover.
        rate_per_s: accepted alarms per second.
        sample_rate_hz: rate of the clips' ``first_sample``.
    """
    streams = (*sessions, *_stretches(sessions))
    seconds_per_clip = seconds / sum(map(len, sessions))
    return Rehearsal(
        streams=streams,
        accepted=rate_per_s * seconds_per_clip * sum(map(len, streams)),
        sample_rate_hz=sample_rate_hz,
    )


def _stretches(sessions: Sequence[Session]) -> list[Session]:
    """Stretches drawn so that every clip is as likely to begin one; short sessions whole."""
    lengths = np.array([len(session) for session in sessions])
    block = block_length([np.array([clip.score for clip in session]) for session in sessions])
    wanted = min(MAX_RESAMPLES * lengths.sum(), MAX_RESAMPLED_CLIPS)
    generator = np.random.default_rng(SEED)
    drawn: list[Session] = []
    while wanted > 0:
        session = sessions[generator.choice(len(sessions), p=lengths / lengths.sum())]
        start = int(generator.integers(max(1, len(session) - block + 1)))
        drawn.append(session[start : start + block])
        wanted -= len(drawn[-1])
    return drawn


def raise_threshold(calibration: Calibration, rehearsal: Rehearsal) -> Calibration:
    """Raise the critical threshold to where the decision stays within the budget.

    Args:
        calibration: a draft.
        rehearsal: what to try it on.

    Returns:
        The draft itself where it keeps the budget; else one whose ``rule_detail`` says what the
        threshold was ``raised_from``.
    """
    if _keeps(calibration, rehearsal):
        return calibration
    asked = calibration.thresholds.critical
    levels = _levels_above(asked, rehearsal.streams, calibration)
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high) // 2
        if _keeps(_with_critical(calibration, levels[middle]), rehearsal):
            high = middle
        else:
            low = middle + 1
    raised = _with_critical(calibration, levels[high])
    return replace(raised, rule_detail={**raised.rule_detail, "raised_from": asked})


def _keeps(calibration: Calibration, rehearsal: Rehearsal) -> bool:
    alarms = count_alarms(
        rehearsal.streams,
        replace(calibration, change=None),
        sample_rate_hz=rehearsal.sample_rate_hz,
    )
    return alarms <= rehearsal.accepted


def _levels_above(
    level: float, streams: Sequence[Session], calibration: Calibration
) -> list[float]:
    """Confirmed scores above a level, ascending; the highest of them lets no event open."""
    decision = calibration.decision
    confirmed = [
        confirmed_scores(
            np.array([clip.score for clip in stream]), decision.confirm_m, decision.confirm_n
        )
        for stream in streams
    ]
    scores = np.unique(np.concatenate(confirmed))
    return [float(score) for score in scores[scores > level]]


def _with_critical(calibration: Calibration, critical: float) -> Calibration:
    thresholds = Thresholds(warning=calibration.thresholds.warning, critical=critical)
    return replace(calibration, thresholds=thresholds)
