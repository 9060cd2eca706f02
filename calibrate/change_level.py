"""The numbers of the change detector from held-out normal sound, where there is enough of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.bootstrap import block_length, correlation_time, resample
from asd_monitor.calibrate.budget import Budget
from asd_monitor.calibrate.change import ChangeSettings, add
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.models.scores import ClipScore

Floats = NDArray[np.float64]

SHARE = 0.5
REFERENCE = 0.5
LIMIT = 4.0
# Measured in simulation: with a third of this the detector alarms two to four times as often.
MIN_BLOCKS = 240
SEED = 0
_N_STREAMS, _N_SCORES = 256, 16_000
# Above a level that fewer excursions exceed than these, the tail is taken as exponential.
_TAIL_EXCURSIONS = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedChange:
    """The change detector, or None, and why, in words."""

    settings: ChangeSettings | None
    reason: str


def fit_change(
    sessions: Sequence[Sequence[ClipScore]], *, budget: Budget, clip_s: float, hop_s: float
) -> FittedChange:
    """Set the alarm level so that the detector spends half of the budget on normal sound.

    The level is found on long resamples of the sound by whole blocks, for neighbouring clips hang
    together: a level from the arithmetic of independent scores would alarm a hundred times as
    often. The mean of the sound is known only so well, and a machine whose mean lies a little
    higher would alarm for ever; the level is therefore set as if it lay at the upper end of its
    interval at 95 %.

    Args:
        sessions: clips of held-out normal sound.
        budget: accepted rate of false alarms, of which the detector takes `SHARE`.
        clip_s: seconds per clip.
        hop_s: from one clip's beginning to the next's.
    """
    step = math.ceil(clip_s / hop_s - 1e-9)
    stretches = [np.array([clip.score for clip in session[::step]]) for session in sessions]
    if max(map(len, stretches)) == 1 or np.ptp(np.concatenate(stretches)) == 0:
        return FittedChange(settings=None, reason="no recording shows how successive clips differ")
    block = block_length(stretches)
    history = [stretch for stretch in stretches if len(stretch) >= block]
    n = sum(map(len, history))
    if n < MIN_BLOCKS * block:
        return FittedChange(settings=None, reason=_too_little(n, block=block, clip_s=clip_s))
    settings = _settings(history, block=block, accepted=budget.rate_per_s * SHARE * clip_s)
    reason = f"its level rests on {say_duration(n * clip_s)} of unbroken sound"
    return FittedChange(settings=settings, reason=reason)


def _too_little(n: int, *, block: int, clip_s: float) -> str:
    return (
        f"that takes {say_duration(MIN_BLOCKS * block * clip_s)} of normal sound in unbroken"
        f" stretches of at least {say_duration(block * clip_s)}, and there are"
        f" {say_duration(n * clip_s)}"
    )


def _settings(history: Sequence[Floats], *, block: int, accepted: float) -> ChangeSettings:
    """Args as above; `accepted` counts alarms per clip."""
    scores = np.concatenate(history)
    mean, std = float(scores.mean()), float(scores.std())
    margin = 1.645 * math.sqrt(correlation_time(history) / len(scores))
    streams = resample(
        [(stretch - mean) / std + margin for stretch in history],
        block=block,
        n_streams=_N_STREAMS,
        n_scores=_N_SCORES,
        generator=np.random.default_rng(SEED),
    )
    highest = excursions(streams, reference=REFERENCE, limit=LIMIT)
    return ChangeSettings(
        mean=mean,
        std=std,
        reference=REFERENCE,
        limit=LIMIT,
        alarm_level=exceeded_by(highest, expected=accepted * streams.size),
        share=SHARE,
    )


def excursions(streams: Floats, *, reference: float, limit: float) -> Floats:
    """The highest sum of each excursion from zero.

    Since the detector alarms again only after it has been back at zero, it alarms exactly once
    in every excursion that exceeds its alarm level.

    Args:
        streams: standardised scores, ``(n_streams, n_scores)``.
        reference: see `asd_monitor.calibrate.change.ChangeSettings`.
        limit: see there.

    Returns:
        ``(n_excursions,)``, in no order.
    """
    total = peak = np.zeros(len(streams))
    ended = []
    for z in streams.T:
        total = add(total, z, reference=reference, limit=limit)
        at_zero = total == 0
        ended.append(peak[at_zero & (peak > 0)])
        peak = np.where(at_zero, 0.0, np.maximum(peak, total))
    return np.concatenate([*ended, peak[peak > 0]])


def exceeded_by(highest: Floats, *, expected: float) -> float:
    """The level that as many excursions exceed as are expected.

    Where those are fewer than 3,000, the tail of the 3,000 highest is taken to fall
    exponentially, as it does in the limit (D. Siegmund, "Sequential Analysis", 1985, chapter 8):
    the few highest are chance, and repeat the same few stretches of the sound.

    Args:
        highest: sums of excursions, ``(n_excursions,)``, more than 3,000.
        expected: how many may exceed the level, positive.
    """
    ranked = np.sort(highest)[::-1]
    if expected >= _TAIL_EXCURSIONS:
        return float(ranked[min(math.floor(expected), len(ranked) - 1)])
    tail = ranked[:_TAIL_EXCURSIONS] - ranked[_TAIL_EXCURSIONS]
    return float(ranked[_TAIL_EXCURSIONS] + tail.mean() * math.log(_TAIL_EXCURSIONS / expected))
