"""From the clip scores of held-out normal sound to thresholds that keep a budget.

Clips overlap, so that one loud moment is in ten of them, and counting clips would mistake one
alarm for ten. What is counted instead are blocks: each session's confirmed scores are cut into
non-overlapping blocks of about a clip's length, and an event can open in a block only where the
block's maximum exceeds the threshold. A rate of at most r events per second therefore holds
wherever a block of B seconds exceeds the threshold with probability at most r B.

Recordings of a single clip each show one clip per block where a stream has ten that overlap, so
that a stream can alarm more often than they foretell: in simulation, with the correlation of
successive seconds between 0 and 0.99, 0.3 to 1.8 times the budget. Recordings of several minutes
have no such gap.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.budget import Budget
from asd_monitor.calibrate.confirmation import DecisionSettings, confirmed_scores
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.rule import MIN_SCORES, Threshold, choose_rule, find_rule
from asd_monitor.models.errors import ConfigurationError, InsufficientSoundError
from asd_monitor.models.scores import ClipScore
from asd_monitor.models.training.settings import HOLD_OUT_MAX

MIN_BLOCKS = MIN_SCORES
MAX_EXCEEDANCE = 0.5

Session = Sequence[ClipScore]


@dataclass(frozen=True, slots=True, eq=False)
class BlockMaxima:
    """The highest confirmed score of each block of held-out sound.

    Attributes:
        maxima: ``(n_blocks,)``.
        block_s: mean seconds of sound per block.
    """

    maxima: NDArray[np.float64]
    block_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedThresholds:
    """The two thresholds, set by one rule.

    Attributes:
        critical: for the budget of alarms.
        warning: for the budget of warnings, never above `critical`.
        reason: why that rule, in words.
    """

    critical: Threshold
    warning: Threshold
    reason: str


def block_maxima(
    sessions: Sequence[Session],
    *,
    seconds: float,
    clip_s: float,
    hop_s: float,
    settings: DecisionSettings,
) -> BlockMaxima:
    """Cut sessions into blocks and take the highest confirmed score of each.

    Blocks have the clips of one clip length, at least the N of the confirmation, and up to twice
    that where a session does not divide evenly. A short session is one block.

    Args:
        sessions: clips of held-out normal sound, all of them usable, at least one per session.
        seconds: sound that the clips cover.
        clip_s: seconds per clip.
        hop_s: seconds from one clip to the next.
        settings: of the decision.

    Raises:
        ConfigurationError: the cooldown is so short that two events could open in one block.
    """
    clips_per_block = max(round(clip_s / hop_s), settings.confirm_n)
    _require_one_event(settings, hop_s=hop_s, longest_clips=2 * clips_per_block - 1)
    maxima: list[float] = []
    for session in sessions:
        scores = np.array([clip.score for clip in session])
        confirmed = confirmed_scores(scores, settings.confirm_m, settings.confirm_n)
        n_blocks = max(1, len(session) // clips_per_block)
        maxima += [float(block.max()) for block in np.array_split(confirmed, n_blocks)]
    return BlockMaxima(np.array(maxima), seconds / len(maxima))


def _require_one_event(settings: DecisionSettings, *, hop_s: float, longest_clips: int) -> None:
    reopens_after_s = settings.clear_n * hop_s + max(
        settings.confirm_m * hop_s, settings.cooldown_s
    )
    if reopens_after_s <= (longest_clips - 1) * hop_s:
        raise ConfigurationError(
            f"A cooldown of {settings.cooldown_s:g} s lets two events open in one block of"
            f" {longest_clips * hop_s:g} s, which the budget does not allow for; set a longer one."
        )


def fit_thresholds(
    blocks: BlockMaxima,
    *,
    budget: Budget,
    warning_budget: Budget,
    rule: str | None = None,
    seen_s: float = 0.0,
) -> FittedThresholds:
    """Set the critical and the warning threshold.

    Both come from one rule, so that the warning threshold, whose budget is never rarer, is never
    the higher one.

    Args:
        blocks: of held-out normal sound.
        budget: accepted rate of false alarms.
        warning_budget: accepted rate of false warnings; where it is rarer than `budget`, that
            one holds for both.
        rule: kind of the rule; None chooses the one that the sound allows.
        seen_s: seconds of the sound at hand that training has seen, for the advice where there
            is too little else.

    Raises:
        InsufficientSoundError: fewer than `MIN_BLOCKS` blocks, or too few for the rule.
        ConfigurationError: no such rule, or a budget of more than an alarm in every two blocks.
    """
    n = len(blocks.maxima)
    if n < MIN_BLOCKS:
        raise _insufficient(blocks, seen_s=seen_s)
    exceedance = _exceedance(budget, blocks.block_s)
    kind, reason = (rule, "it was asked for") if rule else choose_rule(n, exceedance)
    fitted = find_rule(kind)
    warning_exceedance = max(exceedance, _exceedance(warning_budget, blocks.block_s))
    critical = fitted.fit(blocks.maxima, exceedance=exceedance)
    examined = fitted.examine(blocks.maxima, exceedance=exceedance)
    return FittedThresholds(
        critical=replace(critical, detail={**critical.detail, **examined}),
        warning=fitted.fit(blocks.maxima, exceedance=warning_exceedance),
        reason=reason,
    )


def _exceedance(budget: Budget, block_s: float) -> float:
    exceedance = budget.rate_per_s * block_s
    if exceedance > MAX_EXCEEDANCE:
        raise ConfigurationError(
            f"A budget of {budget.text} is more than one alarm in every two blocks of"
            f" {say_duration(block_s)}; ask for fewer, such as 1/h."
        )
    return exceedance


def _insufficient(blocks: BlockMaxima, *, seen_s: float) -> InsufficientSoundError:
    n = len(blocks.maxima)
    # In steps of 0.05 and one block more, because the boundary of a share falls between blocks.
    share = math.ceil(20 * (MIN_BLOCKS + 1) * blocks.block_s / (n * blocks.block_s + seen_s)) / 20
    train_again = seen_s > 0 and share <= HOLD_OUT_MAX
    return InsufficientSoundError(
        f"Calibration needs at least {MIN_BLOCKS} blocks of {say_duration(blocks.block_s)} of"
        f" normal sound that training has not seen, and has {n}; record at least"
        f" {say_duration((MIN_BLOCKS - n) * blocks.block_s)} more"
        f"{f', or train again with --hold-out {share:g}' if train_again else ''}."
    )
