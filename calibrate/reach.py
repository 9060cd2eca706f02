"""Whether anything could alarm: the other end of what a threshold must never do."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from asd_monitor.models.audio import AudioBlock
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.errors import CalibrationError
from asd_monitor.models.fusion import Fusion
from asd_monitor.models.scorer import Scorer
from asd_monitor.models.scores import ClipScore

TONE_HZ = 1000.0
LOUDEST_DBFS = -10.0
"""Louder than that a tone would clip."""
_SEED = 0


def strangest(
    bundle: Bundle, fusion: Fusion, *, clip_s: float, hop_s: float, level_dbfs: float
) -> tuple[ClipScore, ...]:
    """Clips of white noise and of a pure tone, as loud as the machine.

    No machine sounds like both, so one of them at least is as strange as sound of that level gets.

    Args:
        bundle: the trained detector.
        fusion: how its members are combined on this machine.
        clip_s: seconds per clip.
        hop_s: from one clip's beginning to the next's.
        level_dbfs: of the machine.
    """
    rate_hz = bundle.features.sample_rate_hz
    n_samples = round(clip_s * rate_hz)
    rms = 10 ** (min(level_dbfs, LOUDEST_DBFS) / 20)
    noise = rms * np.random.default_rng(_SEED).standard_normal(n_samples)
    tone = rms * 2**0.5 * np.sin(2 * np.pi * TONE_HZ * np.arange(n_samples) / rate_hz)
    scorer = Scorer(bundle, clip_s=clip_s, hop_s=hop_s, fusion=fusion)
    heard: list[ClipScore] = []
    for sound in (noise, tone):
        block = AudioBlock(
            samples=sound.astype(np.float32),
            sample_rate_hz=rate_hz,
            first_sample=0,
            captured_at=datetime.fromtimestamp(0, UTC),
            gap_before=True,
        )
        clips = (*scorer.push(block).clips, *scorer.finish().clips)
        heard += [clip for clip in clips if np.isfinite(clip.score)]
    return tuple(heard)


def reach(fusion: Fusion, sounds: Sequence[ClipScore]) -> float:
    """The highest score of some sounds, in the regime in which that is lowest.

    Args:
        fusion: how voices are combined on this machine.
        sounds: see `strangest`; without any, nothing is known and all is reached.
    """
    if not fusion.is_by_regime:
        return max((clip.score for clip in sounds), default=float("inf"))
    return min(
        max((fusion.fuse(clip.voices, regime) for clip in sounds), default=float("inf"))
        for regime in range(len(fusion.regimes))
    )


def require_reachable(threshold: float, highest: float, *, budget: str) -> None:
    """Refuse a threshold that no sound exceeds.

    Args:
        threshold: the critical one.
        highest: see `reach`.
        budget: that it is for.

    Raises:
        CalibrationError: it lies above `highest`.
    """
    if threshold >= highest:
        raise CalibrationError(
            f"With a threshold of {threshold:.4g} for {budget} nothing would alarm: white noise and"
            f" a pure tone as loud as the machine score no more than {highest:.4g}; accept more"
            " alarms, or record more normal sound."
        )
