"""The promise put to the test: normal sound that set no threshold, played through the decision."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from asd_monitor.calibrate.budget import Budget, parse_budget
from asd_monitor.calibrate.calibration import Calibration, require_bundle
from asd_monitor.calibrate.certificate import (
    certified_rate_per_s,
    least_rate_per_s,
    seconds_without_alarm_needed,
)
from asd_monitor.calibrate.durations import SECONDS, count, say_duration
from asd_monitor.calibrate.evidence import Verified
from asd_monitor.calibrate.judge import judge
from asd_monitor.calibrate.normal.gathering import Gathering, Progress, covered_s
from asd_monitor.calibrate.normal.left_out import Failure, LeftOut, left_out_seconds
from asd_monitor.calibrate.rehearsal import count_alarms
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.bundle import Bundle, Stretch
from asd_monitor.models.errors import AudioError, InsufficientSoundError
from asd_monitor.models.recordings import find_recordings
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.timestamps import format_utc

VERIFIED = "verified"
"""The role of a stretch that has verified thresholds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What some normal sound has shown.

    Attributes:
        seconds: how much of it could be judged.
        alarms: events that opened.
        left_out: sound that was offered and had been used before.
        failures: files that could not be read.
        stretches: what was judged.
    """

    seconds: float
    alarms: int
    left_out: tuple[LeftOut, ...]
    failures: tuple[Failure, ...]
    stretches: tuple[Stretch, ...]


def observe(
    paths: Sequence[Path],
    bundle: Bundle,
    calibration: Calibration,
    *,
    channel: int | None,
    progress: Progress | None = None,
) -> Observation:
    """Count the alarms on normal sound used for neither training nor calibration.

    Each recording session is a stream of its own. Sound that was used, by the hash of its file,
    is left out; so is what has verified this calibration before.

    Args:
        paths: files and folders of normal sound.
        bundle: the trained detector.
        calibration: of that bundle.
        channel: counted from 0; None mixes all channels.
        progress: told how far the work has come.

    Raises:
        AudioError: a path does not exist, or no recording can be read.
        CalibrationError: the calibration was made for another bundle.
        InsufficientSoundError: nothing is left that can be judged.
    """
    require_bundle(calibration, bundle.fingerprint)
    evidence, rate_hz = calibration.evidence, bundle.features.sample_rate_hz
    gathering = Gathering(sample_rate_hz=rate_hz, known=calibration.regimes)
    before = evidence.verified.stretches if evidence.verified else ()
    known = (*bundle.provenance.stretches, *evidence.stretches, *before)
    spans = gathering.fresh(find_recordings(paths), known)
    runs = gathering.runs(spans, clip_s=calibration.clip_s)
    scorer = Scorer(
        bundle, clip_s=calibration.clip_s, hop_s=calibration.hop_s, fusion=calibration.fusion
    )
    scored = gathering.score(scorer, runs, channel=channel, progress=progress)
    judged = [
        [clip for clip in run.clips if judge(clip, calibration).severity is not Severity.UNKNOWN]
        for run in scored
    ]
    observation = Observation(
        seconds=sum(covered_s(clips, sample_rate_hz=rate_hz) for clips in judged),
        alarms=count_alarms([run.clips for run in scored], calibration, sample_rate_hz=rate_hz),
        left_out=tuple(gathering.left_out),
        failures=tuple(gathering.failures),
        stretches=gathering.stretches(runs, role=VERIFIED),
    )
    _require_some(observation)
    return observation


def verify(calibration: Calibration, observation: Observation, *, at: datetime) -> Calibration:
    """The calibration with what has been observed added to its evidence.

    Args:
        calibration: that was observed.
        observation: of sound that `calibration` had not been verified on.
        at: the time to note, with a time zone.
    """
    before = calibration.evidence.verified
    seconds = observation.seconds + (before.seconds if before else 0.0)
    alarms = observation.alarms + (before.alarms if before else 0)
    verified = Verified(
        seconds=seconds,
        alarms=alarms,
        most_per_week=most_per_week(alarms=alarms, seconds=seconds),
        verified_at=format_utc(at),
        stretches=(*(before.stretches if before else ()), *observation.stretches),
    )
    return replace(calibration, evidence=replace(calibration.evidence, verified=verified))


def most_per_week(*, alarms: int, seconds: float) -> float:
    """Upper bound at 95 % of the false alarms in a week, after so many in so many seconds."""
    return certified_rate_per_s(alarms=alarms, observed_s=seconds) * SECONDS["week"]


def say_verified(calibration: Calibration) -> str:
    """Say what fresh normal sound has shown, or that nothing has been verified."""
    verified = calibration.evidence.verified
    if verified is None:
        return (
            "Nothing has been verified on fresh normal sound yet; asd-monitor calibrate --verify"
            " does that, and asd-monitor run as it listens."
        )
    promise = say_promise(alarms=verified.alarms, seconds=verified.seconds)
    budget = parse_budget(calibration.budget)
    return (
        f"Verified on sound used for neither training nor calibration: {promise}."
        f" {_against(budget, alarms=verified.alarms, seconds=verified.seconds)}"
    )


def say_promise(*, alarms: int, seconds: float) -> str:
    """Say what so many alarms in so many seconds of normal sound certify."""
    most = most_per_week(alarms=alarms, seconds=seconds)
    return (
        f"on {say_duration(seconds)} there {'was' if alarms == 1 else 'were'}"
        f" {count(alarms, 'alarm')}; at most {say_rate(most)} a week with 95 % confidence"
    )


def say_rate(per_week: float) -> str:
    """A rate with two digits where it is small and in whole numbers where it is not."""
    return f"{per_week:.1f}" if per_week < 10 else f"{per_week:,.0f}"  # noqa: PLR2004 - digits


def _against(budget: Budget, *, alarms: int, seconds: float) -> str:
    if certified_rate_per_s(alarms=alarms, observed_s=seconds) <= budget.rate_per_s:
        return f"The budget of {budget.text} is kept."
    least = least_rate_per_s(alarms=alarms, observed_s=seconds)
    if least > budget.rate_per_s:
        return (
            f"That is more than {budget.text} allows: at least {say_rate(least * SECONDS['week'])}"
            " a week. Calibrate again, with this sound among the rest."
        )
    return (
        f"That neither proves nor disproves {budget.text}, which takes"
        f" {say_duration(seconds_without_alarm_needed(budget))} without an alarm to prove."
    )


def _require_some(observation: Observation) -> None:
    if observation.seconds > 0:
        return
    if observation.failures and not observation.left_out:
        raise AudioError(f"None of the recordings can be read; {observation.failures[0].message}")
    causes = [
        f"{say_duration(seconds)} because {reason}"
        for reason, seconds in left_out_seconds(observation.left_out).items()
    ]
    raise InsufficientSoundError(
        "Nothing in this sound can verify the calibration"
        f" (left out: {', '.join(causes) or 'sound with a fault, or too short'}); give normal"
        " sound that was used for neither training nor calibration."
    )
