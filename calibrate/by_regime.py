"""Each regime of a machine on a scale of its own, so that one threshold fits them all.

A machine that idles scores otherwise than one under load, and a threshold over both is that of the
regime that scores higher: faults of the other stay far below it. So the voices of a clip are
standardised on the normal clips of its own regime, where there are enough of them, and the
threshold counts in standard deviations from there. Blocks of all regimes set it together, so that
the budget is that of all of them together.

How many clips are enough depends on the budget. Of n independent normal scores the mean is known to
1/sqrt(n) standard deviations and the deviation to 1/sqrt(2 n), so that a threshold z deviations out
lies off by one with the variance v = (1 + z^2 / 2) / n. As the tail falls by exp(-z x) over a small
x, alarms are exp(z^2 v / 2) times as many on average; enough is where that is `MORE_ALARMS`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.bootstrap import correlation_time
from asd_monitor.calibrate.budget import Budget
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.regimes import Regime, regime_name, regime_voices
from asd_monitor.models.fusion import Fusion, RegimeVoices, Voice
from asd_monitor.models.scores import ClipScore

Floats = NDArray[np.float64]

MORE_ALARMS = 1.25
"""What it may cost that mean and deviation of a regime are estimates: a quarter more alarms, to
this order; in simulation it is a third."""


def by_regime(normal: NormalSound, budget: Budget) -> tuple[NormalSound, str]:
    """Put every regime on its own scale where there are enough clips of each for the budget.

    Args:
        normal: scored on one scale.
        budget: accepted rate of false alarms of the threshold.

    Returns:
        The sound, scored anew where that is so, and what was decided and why, a sentence; empty
        where there are no regimes to tell apart.
    """
    if len(normal.regimes) < 2:  # noqa: PLR2004 - one is no choice
        return normal, ""
    if normal.fusion.cohort is not None:
        return (
            normal,
            "One threshold holds for all regimes: clips are judged beside those like them",
        )
    if any(clip.regime is None for clip in normal.clips):
        return normal, _of_former(normal.regimes)
    needed = clips_needed(budget.rate_per_s * normal.clip_s)
    for index in range(len(normal.regimes)):
        n = _n_independent(list(_stretches(normal, index)))
        if n < needed:
            name = regime_name(index, len(normal.regimes))
            return normal, (
                f"One threshold holds for all regimes: there are {math.floor(n)} independent clips"
                f" of '{name}', and a scale of its own takes {needed} for {budget.text}"
            )
    return _rescaled(normal), (
        "Every clip is scored in standard deviations of its own regime's normal sound, so that one"
        " threshold keeps the budget in all of them together"
    )


def clips_needed(exceedance: float) -> int:
    """Independent clips of a regime that its mean and deviation have to be known from.

    Args:
        exceedance: the probability that a normal clip exceeds the threshold.
    """
    z = -NormalDist().inv_cdf(min(exceedance, 0.5))
    return max(2, math.ceil(z**2 * (1 + z**2 / 2) / (2 * math.log(MORE_ALARMS))))


def _of_former(regimes: Sequence[Regime]) -> str:
    if any(regime.voices for regime in regimes):
        return "The scores are on the scales that the former calibration found for each regime"
    return "One threshold holds for all regimes: the store does not say which clip was in which"


def _stretches(normal: NormalSound, regime: int) -> Iterable[Floats]:
    """Scores of the clips of a regime that do not overlap, by unbroken stretch."""
    step = max(1, round(normal.clip_s / normal.hop_s))
    for session in normal.sessions:
        for of, clips in groupby(session[::step], key=lambda clip: clip.regime):
            if of == regime:
                yield np.array([clip.score for clip in clips])


def _n_independent(stretches: Sequence[Floats]) -> float:
    """How many independent scores they are worth; 0 where they do not vary."""
    scores = np.concatenate([np.empty(0), *stretches])
    if not len(scores) or np.ptp(scores) == 0:
        return 0.0
    return len(scores) / correlation_time(stretches)


def _rescaled(normal: NormalSound) -> NormalSound:
    regimes = tuple(
        replace(regime, voices=_own_voices(normal.fusion, _voices_of(normal, index)))
        for index, regime in enumerate(normal.regimes)
    )
    fusion = replace(normal.fusion, regimes=regime_voices(regimes))
    return replace(
        normal,
        fusion=fusion,
        regimes=regimes,
        sessions=tuple(tuple(_refused(session, fusion)) for session in normal.sessions),
    )


def _refused(session: Iterable[ClipScore], fusion: Fusion) -> Iterable[ClipScore]:
    for clip in session:
        yield replace(clip, score=fusion.fuse(clip.voices, clip.regime))


def _voices_of(normal: NormalSound, regime: int) -> Floats:
    """The voices of all clips of a regime, ``(n_clips, n_voices)``."""
    return np.array([clip.voices for clip in normal.clips if clip.regime == regime])


def _own_voices(fusion: Fusion, scores: Floats) -> tuple[Voice, ...]:
    """The voices standardised so that their combination has mean 0 and deviation 1 on these clips.

    Voices that agree in one regime and not in another combine to another spread in each, so that
    the combination is standardised, too; its mean and deviation go into those of the voices.
    """
    alone = Fusion(fusion.voices, fusion.combination).standardised_on(scores)
    voices = alone.voices
    own = replace(alone, regimes=(RegimeVoices(middle_db=np.empty(0), voices=voices),))
    combined = np.array([own.fuse(tuple(row), 0) for row in scores])
    mean, std = float(combined.mean()), float(combined.std())
    return tuple(
        replace(voice, mean=voice.mean + mean * voice.std, std=voice.std * std) for voice in voices
    )
