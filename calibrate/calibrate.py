"""Compose a calibration from normal sound."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.budget import Budget, parse_budget
from asd_monitor.calibrate.by_regime import by_regime
from asd_monitor.calibrate.calibration import (
    SCHEMA,
    Calibration,
    LevelRange,
    OffLevels,
    Spread,
    Thresholds,
    thin,
)
from asd_monitor.calibrate.certificate import certified_rate_per_s
from asd_monitor.calibrate.change_level import FittedChange, fit_change
from asd_monitor.calibrate.cohort import CohortClips
from asd_monitor.calibrate.confirmation import DecisionSettings
from asd_monitor.calibrate.durations import SECONDS
from asd_monitor.calibrate.evidence import Evidence
from asd_monitor.calibrate.level import prepare, raise_threshold
from asd_monitor.calibrate.normal.left_out import left_out_seconds
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.normal.survey import survey
from asd_monitor.calibrate.reach import reach, require_reachable
from asd_monitor.calibrate.rehearsal import count_alarms
from asd_monitor.calibrate.thresholds import (
    BlockMaxima,
    FittedThresholds,
    block_maxima,
    fit_thresholds,
)
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.errors import CalibrationError
from asd_monitor.models.timestamps import format_utc

# Scores that differ by no more than this part of their size are equal but for rounding.
_RELATIVE_ROUNDING = 1e-9

OFF_BELOW_DB = 10.0
"""A tenth of the power of the quietest normal clip, or second: no load makes a machine so much
quieter than all that was recorded, but standing still does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationSettings:
    """What a calibration is asked to keep.

    Attributes:
        budget: accepted rate of false alarms.
        warning_budget: accepted rate of false warnings.
        rule: kind of the threshold rule; None chooses the one that the sound allows.
        decision: how clip scores become an event.
    """

    budget: Budget = field(default_factory=lambda: parse_budget("1/week"))
    warning_budget: Budget = field(default_factory=lambda: parse_budget("1/day"))
    rule: str | None = None
    decision: DecisionSettings = field(default_factory=DecisionSettings)


def calibrate(
    normal: NormalSound,
    bundle: Bundle,
    settings: CalibrationSettings,
    *,
    machine: str,
    created_at: datetime,
) -> Calibration:
    """Set the thresholds of a machine.

    Args:
        normal: held-out normal sound of the machine, scored with `bundle`.
        bundle: the trained detector.
        settings: what to keep.
        machine: the machine's id.
        created_at: the time to note, with a time zone.

    Raises:
        InsufficientSoundError: too little sound.
        ConfigurationError: no such rule, or a budget beyond any use.
        CalibrationError: the scores do not vary, so that everything or nothing would alarm, or
            the threshold is one that nothing exceeds.
    """
    normal, regime_reason = by_regime(normal, settings.budget)
    blocks = block_maxima(
        normal.sessions,
        seconds=normal.seconds,
        clip_s=normal.clip_s,
        hop_s=normal.hop_s,
        settings=settings.decision,
    )
    change = fit_change(
        normal.sessions, budget=settings.budget, clip_s=normal.clip_s, hop_s=normal.hop_s
    )
    share = _of_threshold(settings.budget, change)
    fitted = fit_thresholds(
        blocks,
        budget=share,
        warning_budget=settings.warning_budget,
        rule=settings.rule,
        seen_s=normal.seen_s,
    )
    draft = _draft(
        normal,
        settings,
        fitted,
        change,
        evidence=_evidence(normal, bundle, blocks, alarms=0),
        regime_reason=regime_reason,
        bundle=bundle.fingerprint,
        machine=machine,
        created_at=created_at,
    )
    rehearsal = prepare(
        normal.sessions,
        seconds=normal.seconds,
        rate_per_s=share.rate_per_s,
        sample_rate_hz=normal.sample_rate_hz,
    )
    draft = raise_threshold(draft, rehearsal)
    require_reachable(
        draft.thresholds.critical,
        reach(normal.fusion, normal.strangest),
        budget=settings.budget.text,
    )
    # The real decision code needs a calibration to run with, and its alarms are part of it.
    alarms = count_alarms(normal.sessions, draft, sample_rate_hz=normal.sample_rate_hz)
    return replace(draft, evidence=_evidence(normal, bundle, blocks, alarms=alarms))


def _draft(
    normal: NormalSound,
    settings: CalibrationSettings,
    fitted: FittedThresholds,
    change: FittedChange,
    *,
    evidence: Evidence,
    regime_reason: str,
    bundle: str,
    machine: str,
    created_at: datetime,
) -> Calibration:
    """The calibration before the decision code has been run with it.

    Raises:
        CalibrationError: the scores do not vary.
    """
    scores = np.array([clip.score for clip in normal.clips])
    return Calibration(
        schema=SCHEMA,
        bundle=bundle,
        machine=machine,
        created_at=format_utc(created_at),
        members=normal.fusion.voices,
        combination=normal.fusion.combination,
        cohort=CohortClips.of(normal.fusion.cohort) if normal.fusion.cohort else None,
        clip_s=normal.clip_s,
        hop_s=normal.hop_s,
        shortest_clip_s=min(clip.duration_s for clip in normal.clips),
        decision=settings.decision,
        thresholds=Thresholds(warning=fitted.warning.value, critical=fitted.critical.value),
        rule=fitted.critical.rule,
        rule_reason=fitted.reason,
        rule_detail=dict(fitted.critical.detail),
        extrapolated=fitted.critical.extrapolated,
        budget=settings.budget.text,
        warning_budget=settings.warning_budget.text,
        evidence=evidence,
        level_dbfs=_level_range(normal),
        normal=_spread(scores),
        n_scores=len(scores),
        scores=thin(scores),
        bands=normal.bands,
        clip_bands=normal.clip_bands,
        pooling_reason=normal.pooling_reason,
        change=change.settings,
        change_reason=change.reason,
        regimes=normal.regimes,
        regime_reason=regime_reason,
        off=_off_levels(normal),
    )


def _of_threshold(budget: Budget, change: FittedChange) -> Budget:
    """What the change detector leaves of the budget."""
    share = change.settings.share if change.settings else 0.0
    return replace(budget, alarms=budget.alarms * (1 - share))


def _spread(scores: NDArray[np.float64]) -> Spread:
    """Describe the scores.

    Raises:
        CalibrationError: they do not vary.
    """
    mean, std = float(scores.mean()), float(scores.std())
    if std <= _RELATIVE_ROUNDING * max(1.0, abs(mean)):
        raise CalibrationError(
            f"Every clip of the normal sound has the same score ({mean:.6g}), so that everything"
            " or nothing would alarm; check that the recordings differ, and train again."
        )
    return Spread(mean=mean, median=float(np.median(scores)), std=std)


def _evidence(normal: NormalSound, bundle: Bundle, blocks: BlockMaxima, *, alarms: int) -> Evidence:
    per_s = certified_rate_per_s(alarms=alarms, observed_s=normal.seconds)
    return Evidence(
        fitted_s=bundle.provenance.fitted_s,
        held_out_s=normal.seconds,
        clips=len(normal.clips),
        blocks=len(blocks.maxima),
        block_s=blocks.block_s,
        alarms=alarms,
        certified_per_week=per_s * SECONDS["week"],
        left_out_s=left_out_seconds(normal.left_out),
        flagged=normal.flagged,
        unreadable=tuple(failure.path.name for failure in normal.failures),
        stretches=normal.stretches,
        recorded=survey(normal) if normal.recordings else None,
        cross_fit=normal.cross_fit,
    )


def _off_levels(normal: NormalSound) -> OffLevels:
    clip = _level_range(normal).lowest - OFF_BELOW_DB
    if normal.off_below_dbfs is not None:
        clip = normal.off_below_dbfs
    seconds = [each.quietest_dbfs for each in normal.clips if each.quietest_dbfs is not None]
    return OffLevels(clip=clip, second=min([clip, *(each - OFF_BELOW_DB for each in seconds)]))


def _level_range(normal: NormalSound) -> LevelRange:
    levels = [clip.level_dbfs for clip in normal.clips]
    return LevelRange(lowest=min(levels), highest=max(levels))
