"""Clip scores and calibrations from numbers, without sound."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.calibration import (
    SCHEMA,
    Calibration,
    LevelRange,
    Spread,
    Thresholds,
    thin,
)
from asd_monitor.calibrate.confirmation import DecisionSettings
from asd_monitor.calibrate.evidence import Evidence
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.models.fusion import Fusion, Voice
from asd_monitor.models.scores import ClipScore, Quality

RATE_HZ = 16_000


def clip(
    score: float,
    *,
    start_s: float = 0.0,
    duration_s: float = 10.0,
    quality: Iterable[Quality] = (),
    n_windows: int = 307,
) -> ClipScore:
    """A clip at a position in seconds."""
    return ClipScore(
        first_sample=round(start_s * RATE_HZ),
        duration_s=duration_s,
        score=score,
        n_windows=n_windows,
        level_dbfs=-30.0,
        quality=frozenset(quality),
    )


def session(
    scores: Sequence[float] | NDArray[np.float64], *, start_s: float = 0.0, hop_s: float = 1.0
) -> tuple[ClipScore, ...]:
    """Consecutive clips of 10 s; None of them has a fault, but NaN stands for an unknown one."""
    return tuple(clip(float(s), start_s=start_s + i * hop_s) for i, s in enumerate(scores))


def normal_sound(*sessions: Sequence[float] | NDArray[np.float64], seconds: float) -> NormalSound:
    """Normal sound of these clip scores by session, with nothing left out and no regimes."""
    return NormalSound(
        sessions=tuple(map(session, sessions)),
        seconds=seconds,
        left_out=(),
        flagged={},
        failures=(),
        sample_rate_hz=RATE_HZ,
        clip_s=10.0,
        hop_s=1.0,
        fusion=Fusion((Voice(member=0, kind="group-made", pooling="mean"),)),
    )


def autoregressive(n: int, *, lag_one: float, seed: int = 0) -> NDArray[np.float64]:
    """A stationary AR(1) sequence of standard normal marginals, ``(n,)``."""
    noise = np.random.default_rng(seed).standard_normal(n)
    scores = np.empty(n)
    scores[0] = noise[0]
    for i in range(1, n):
        scores[i] = lag_one * scores[i - 1] + (1 - lag_one**2) ** 0.5 * noise[i]
    return scores


def a_calibration(
    *,
    warning: float = 1.0,
    critical: float = 2.0,
    scores: Sequence[float] = (-1.0, -0.5, 0.0, 0.5, 1.0),
    decision: DecisionSettings | None = None,
    bundle: str = "ab" * 32,
) -> Calibration:
    """A calibration with the given thresholds; normal sound scores about 0."""
    return Calibration(
        schema=SCHEMA,
        bundle=bundle,
        machine="machine",
        created_at="2026-01-02T03:04:05.678Z",
        members=(Voice(member=0, kind="group-made", pooling="mean", mean=0.0, std=1.0),),
        clip_s=10.0,
        hop_s=1.0,
        shortest_clip_s=10.0,
        decision=decision or DecisionSettings(),
        thresholds=Thresholds(warning=warning, critical=critical),
        rule="conformal",
        rule_reason="the budget needs 59 blocks and there are 75",
        rule_detail={"n_scores": 75.0, "order": 75.0, "exceedance": 1 / 60},
        extrapolated=False,
        budget="6/h",
        warning_budget="6/h",
        evidence=Evidence(
            fitted_s=600.0,
            held_out_s=750.0,
            clips=75,
            blocks=75,
            block_s=10.0,
            alarms=0,
            certified_per_week=2415.5,
        ),
        level_dbfs=LevelRange(lowest=-31.0, highest=-29.5),
        normal=Spread(mean=0.0, median=0.0, std=1.0),
        n_scores=len(scores),
        scores=thin(np.array(scores)),
    )


def with_thresholds(calibration: Calibration, *, warning: float, critical: float) -> Calibration:
    """The same calibration with other thresholds."""
    return replace(calibration, thresholds=Thresholds(warning=warning, critical=critical))
