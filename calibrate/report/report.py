"""A calibration in plain language, with the arithmetic it can stand by."""

from collections.abc import Iterator
from dataclasses import dataclass

from asd_monitor.calibrate.budget import Budget, parse_budget
from asd_monitor.calibrate.calibration import Calibration, Spread
from asd_monitor.calibrate.certificate import (
    certified_seconds_per_alarm,
    seconds_without_alarm_needed,
)
from asd_monitor.calibrate.cross_fit import guaranteed_exceedance
from asd_monitor.calibrate.durations import count, say_duration
from asd_monitor.calibrate.recorded import say_recorded
from asd_monitor.calibrate.regimes import regime_name
from asd_monitor.calibrate.rule import find_rule, scores_needed
from asd_monitor.calibrate.verification import say_verified


@dataclass(frozen=True, slots=True)
class Section:
    """Paragraphs under a heading."""

    heading: str
    paragraphs: tuple[str, ...]


def report(calibration: Calibration) -> str:
    """Say what the thresholds are, what they rest on, and what nobody knows yet.

    Returns:
        Paragraphs of one line each, without a newline at the end.
    """
    return "\n".join(
        paragraph for section in sections(calibration) for paragraph in section.paragraphs
    )


def sections(calibration: Calibration) -> tuple[Section, ...]:
    """The paragraphs of the report by what they are about."""
    budget, recorded = parse_budget(calibration.budget), calibration.evidence.recorded
    return (
        Section(
            "What it was set from",
            (
                _sound(calibration),
                *_cross_fitted(calibration),
                *_pooled(calibration),
                *_cohort(calibration),
                *_monitored(calibration),
                *_not_used(calibration),
                *_regimes(calibration),
                *_off(calibration),
            ),
        ),
        Section("The recordings", tuple(say_recorded(recorded)) if recorded else ()),
        Section(
            "When an alarm opens",
            (
                _threshold(calibration),
                _rests_on(calibration),
                *_cross_conformal(calibration),
                *_more_needed(calibration, budget),
                *_raised(calibration),
                _change(calibration),
                *_unlike_a_stream(calibration),
            ),
        ),
        Section("What it is worth", (_certified(calibration, budget), say_verified(calibration))),
    )


def _sound(calibration: Calibration) -> str:
    evidence, level = calibration.evidence, calibration.level_dbfs
    fresh = "that training has not seen"
    if evidence.cross_fit:
        fresh = "that the network which scored it has not seen"
    return (
        f"{calibration.machine}: {say_duration(evidence.held_out_s)} of normal sound"
        f" ({count(evidence.blocks, 'block')}, {count(evidence.clips, 'clip')}) {fresh},"
        f" at {level.lowest:.1f} to {level.highest:.1f} dBFS."
    )


def _cross_fitted(calibration: Calibration) -> Iterator[str]:
    cross_fit = calibration.evidence.cross_fit
    if cross_fit is not None:
        yield (
            f"The network that listens has seen {say_duration(cross_fit.seconds)} of it, which its"
            f" {cross_fit.siblings} siblings have scored instead, each the block of time that it"
            " was trained without (cross-fit)."
        )


def _pooled(calibration: Calibration) -> Iterator[str]:
    if calibration.pooling_reason:
        yield calibration.pooling_reason


def _monitored(calibration: Calibration) -> Iterator[str]:
    if calibration.evidence.monitored is not None:
        begin, end = calibration.evidence.monitored
        yield (
            f"It was monitored from {begin} to {end}. What alarmed then and was false, but is not"
            " marked so, is missing from it, and the thresholds are too low by that."
        )


def _not_used(calibration: Calibration) -> Iterator[str]:
    evidence = calibration.evidence
    for reason, seconds in evidence.left_out_s.items():
        yield f"Left out: {say_duration(seconds)}, because {reason}."
    for fault, n_clips in evidence.flagged.items():
        yield f"Not used: {count(n_clips, 'clip')} with a fault of the input ({fault})."
    if evidence.unreadable:
        yield f"Could not be read: {', '.join(evidence.unreadable)}."


def _regimes(calibration: Calibration) -> Iterator[str]:
    regimes = calibration.regimes
    if len(regimes) < 2:  # noqa: PLR2004 - one is no choice
        return
    levels = ", ".join(
        f"'{regime_name(index, len(regimes))}' at {regime.lowest_dbfs:.1f} to"
        f" {regime.highest_dbfs:.1f} dBFS in {regime.share:.0%} of it"
        for index, regime in enumerate(regimes)
    )
    yield (
        f"The machine runs in {len(regimes)} regimes, named by their level alone: {levels}. All of"
        " them are taken for normal; if it stood still in one, say so with --off-below."
    )
    if calibration.regime_reason:
        yield f"{calibration.regime_reason}."


def _off(calibration: Calibration) -> Iterator[str]:
    if calibration.off is not None:
        yield f"Below {calibration.off.clip:.1f} dBFS the machine is taken to be off, not judged."


def _threshold(calibration: Calibration) -> str:
    thresholds, normal, decision = (
        calibration.thresholds,
        calibration.normal,
        calibration.decision,
    )
    above = (thresholds.critical - normal.mean) / normal.std
    warns = (
        f"above {thresholds.warning:.4g} they make a warning,"
        f" meant for {calibration.warning_budget}"
        if thresholds.warning < thresholds.critical
        else "there is no lower threshold for warnings, whose budget is no looser"
    )
    return (
        f"An alarm opens when {decision.confirm_m} of {decision.confirm_n} clips score above"
        f" {thresholds.critical:.4g} ({above:.1f} standard deviations above the normal mean of"
        f" {_mean(normal)}), meant for {calibration.budget}; {warns}."
    )


def _mean(normal: Spread) -> str:
    """The mean, and 0 where it is nothing but rounding beside the spread."""
    return "0" if abs(normal.mean) < 1e-9 * normal.std else f"{normal.mean:.4g}"


def _rests_on(calibration: Calibration) -> str:
    why = f"Rule '{calibration.rule}': {calibration.rule_reason}"
    return f"{why}. {find_rule(calibration.rule).explain(calibration.rule_detail)}"


def _more_needed(calibration: Calibration, budget: Budget) -> Iterator[str]:
    """How much more sound would show what is now extrapolated."""
    evidence, change = calibration.evidence, calibration.change
    share = 1 - change.share if change else 1.0
    n_needed = scores_needed(share * budget.rate_per_s * evidence.block_s)
    more_s = (n_needed - evidence.blocks) * evidence.block_s
    if calibration.extrapolated and more_s > 0:
        yield (
            f"To show {budget.text} instead of extrapolating it takes {say_duration(more_s)} more"
            " of such sound."
        )


def _cohort(calibration: Calibration) -> Iterator[str]:
    cohort = calibration.cohort
    if cohort is not None:
        yield (
            f"Each clip is judged beside the {cohort.nearest} of {len(cohort.scores)} normal clips"
            " that sound most like it: its score is by how many of their standard deviations it"
            " lies above their mean."
        )


def _cross_conformal(calibration: Calibration) -> Iterator[str]:
    cross_fit, detail = calibration.evidence.cross_fit, calibration.rule_detail
    if cross_fit is None:
        return
    if "order" in detail:
        at_most = guaranteed_exceedance(
            detail["exceedance"], n_scores=int(detail["n_scores"]), siblings=cross_fit.siblings
        )
        yield (
            "As siblings have scored it, that is to be expected and no guarantee (cross-conformal);"
            f" guaranteed is {at_most:.2g}, where each sibling judges fresh sound against its own"
            " block."
        )
    yield (
        "It is taken for granted that the network which listens scores fresh sound as its siblings"
        " do, who were trained on less; asd-monitor calibrate --verify puts that to the test."
    )


def _raised(calibration: Calibration) -> Iterator[str]:
    asked = calibration.rule_detail.get("raised_from")
    if asked is not None:
        yield (
            f"The rule itself asked for {asked:.4g}, at which the decision code opens more alarms"
            " than accepted in resamples of this sound; the threshold was raised to where it does"
            " not."
        )


def _change(calibration: Calibration) -> str:
    change = calibration.change
    if change is None:
        return f"Lasting small shifts are not looked for yet: {calibration.change_reason}."
    return (
        "An alarm opens, too, when the scores have shifted for long: their sum above"
        f" {change.mean + change.reference * change.std:.4g} reaches {change.alarm_level:.1f}"
        f" standard deviations; {calibration.change_reason}. It may spend {change.share:.0%} of the"
        " budget and the threshold the rest."
    )


def _unlike_a_stream(calibration: Calibration) -> Iterator[str]:
    if calibration.evidence.clips == calibration.evidence.blocks:
        yield (
            "The recordings are single clips; the overlapping clips of an unbroken stream can"
            " alarm up to twice as often, which recordings of several minutes would show."
        )


def _certified(calibration: Calibration, budget: Budget) -> str:
    evidence = calibration.evidence
    interval_s = certified_seconds_per_alarm(alarms=evidence.alarms, observed_s=evidence.held_out_s)
    needed_s = seconds_without_alarm_needed(budget)
    return (
        f"With these thresholds the decision code opens {count(evidence.alarms, 'alarm')} in this"
        f" sound. Fresh sound of that length with as many would certify, at 95 %, no more than one"
        f" false alarm in about {say_duration(interval_s)} (this sound set the thresholds itself,"
        f" so it certifies less); {budget.text} would take {say_duration(needed_s)} without one,"
        f" {say_duration(max(0.0, needed_s - evidence.held_out_s))} more."
    )
