"""Normal sound that was monitored: the clip scores of the store, as a calibration takes them.

A score is in the units of the calibration that was in force: those of its members' standardised
voices. So only scores of calibrations that agree in these are taken, and the new one keeps them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.normal.left_out import LeftOut
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.scores import ClipScore
from asd_monitor.monitor.store.marks import Opinion
from asd_monitor.monitor.store.score_history import ScoredClip
from asd_monitor.monitor.store.store import Store

ALARMED = "it alarmed and nobody has called that false"
OTHER_UNITS = "a calibration with other units judged it"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A stretch in which a machine alarmed; without an end where it still does. Times are UTC."""

    began_at: datetime
    ended_at: datetime | None

    def touches(self, clip: ScoredClip) -> bool:
        """Whether a clip has sound of it."""
        begins_at = clip.at - timedelta(seconds=clip.duration_s)
        return clip.at > self.began_at and (self.ended_at is None or begins_at < self.ended_at)


def alarms_not_false(store: Store, machine: str) -> list[Alarm]:
    """The stretches in which a machine alarmed, but for what was marked a false alarm."""
    marks = store.marks.all()
    false = {id_ for id_, mark in marks.items() if mark.opinion is Opinion.FALSE_ALARM}
    return [
        Alarm(event.started_at, event.ended_at)
        for event in store.events(machine=machine)
        if event.severity is Severity.CRITICAL and event.event_id not in false
    ]


def comparable(calibration: Calibration, others: Iterable[Calibration]) -> set[str]:
    """The names of the calibrations under which the same sound has the same clip scores."""
    return {
        other.created_at for other in (calibration, *others) if _units(other) == _units(calibration)
    }


def _units(calibration: Calibration) -> tuple[object, ...]:
    own = [(each.middle_db, each.voices) for each in calibration.regimes if each.voices]
    return (
        calibration.bundle,
        calibration.members,
        calibration.combination,
        calibration.cohort,
        own,
        calibration.clip_s,
        calibration.hop_s,
    )


def monitored_sound(
    clips: Sequence[ScoredClip],
    alarms: Sequence[Alarm],
    calibration: Calibration,
    *,
    names: Collection[str],
    sample_rate_hz: int,
    store: Path,
) -> NormalSound:
    """Take what was normal of the monitored sound.

    Args:
        clips: in order of time.
        alarms: stretches to leave out.
        calibration: whose units the scores are in.
        names: of the calibrations that have the same units.
        sample_rate_hz: of the bundle.
        store: where the clips are from.
    """
    reasons = [_left_out_because(clip, alarms, names) for clip in clips]
    left_out: defaultdict[str, float] = defaultdict(float)
    for reason in filter(None, reasons):
        left_out[reason] += calibration.hop_s
    sessions = tuple(
        tuple(_placed(stretch, hop_s=calibration.hop_s, sample_rate_hz=sample_rate_hz))
        for stretch in _unbroken(clips, reasons, hop_s=calibration.hop_s)
    )
    hops = sum(len(session) - 1 for session in sessions)
    return NormalSound(
        sessions=sessions,
        seconds=hops * calibration.hop_s + sum(session[0].duration_s for session in sessions),
        left_out=tuple(
            LeftOut(path=store, seconds=seconds, reason=reason)
            for reason, seconds in left_out.items()
        ),
        flagged={},
        failures=(),
        sample_rate_hz=sample_rate_hz,
        clip_s=calibration.clip_s,
        hop_s=calibration.hop_s,
        fusion=calibration.fusion,
        bands=calibration.bands,
        clip_bands=calibration.clip_bands,
        pooling_reason=calibration.pooling_reason,
        regimes=calibration.regimes,
    )


def _left_out_because(
    clip: ScoredClip, alarms: Iterable[Alarm], names: Collection[str]
) -> str | None:
    if clip.calibration not in names:
        return OTHER_UNITS
    if clip.severity is Severity.UNKNOWN or clip.score is None:
        return f"it could not be judged ({clip.reason})"
    return ALARMED if any(alarm.touches(clip) for alarm in alarms) else None


def _unbroken(
    clips: Sequence[ScoredClip], reasons: Sequence[str | None], *, hop_s: float
) -> Iterator[list[ScoredClip]]:
    """Stretches of usable clips that follow each other without a gap."""
    stretch: list[ScoredClip] = []
    for clip, reason in zip(clips, reasons, strict=True):
        # The sample clock is set by the host's clock again and again, so a second is not exact.
        follows = stretch and clip.at - stretch[-1].at < timedelta(seconds=1.5 * hop_s)
        if stretch and (reason is not None or not follows):
            yield stretch
            stretch = []
        if reason is None:
            stretch.append(clip)
    if stretch:
        yield stretch


def _placed(
    stretch: Iterable[ScoredClip], *, hop_s: float, sample_rate_hz: int
) -> Iterator[ClipScore]:
    for index, clip in enumerate(stretch):
        yield ClipScore(
            first_sample=round(index * hop_s * sample_rate_hz),
            duration_s=clip.duration_s,
            score=float("nan") if clip.score is None else clip.score,
            n_windows=1,
            level_dbfs=float("nan") if clip.level_dbfs is None else clip.level_dbfs,
            quality=frozenset(),
        )
