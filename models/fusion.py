"""How the scores of a bundle's members become one score: a property of the machine.

Members speak in units of their own (nats, squared distances), so each is standardised by its mean
and standard deviation on the machine's normal sound before they are combined. One voice alone
keeps its units.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Bundle
from asd_monitor.models.detector import ClipDetector
from asd_monitor.models.errors import CalibrationError

ALONE = "mean"
TOGETHER = "quantile:0.25"

CLIP = "clip"
"""The pooling of a member that judges whole clips: there is nothing to pool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One member of a bundle, pooled one way.

    Attributes:
        member: its place in the bundle.
        kind: of its detector.
        pooling: of its window scores (`asd_monitor.models.pooling`), or ``clip``.
        mean: of its pooled score on the machine's normal sound.
        std: of the same, positive.
    """

    member: int
    kind: str
    pooling: str
    mean: float = 0.0
    std: float = 1.0


@dataclass(frozen=True, slots=True)
class Fusion:
    """The voices of a bundle and how they are combined: by the mean of their standardised scores.

    Attributes:
        voices: at least one.
    """

    voices: tuple[Voice, ...]

    def fuse(self, scores: Sequence[float]) -> float:
        """Combine the pooled scores of the voices, in their order; NaN if one has none."""
        if len(self.voices) == 1:
            return scores[0]
        pairs = zip(scores, self.voices, strict=True)
        return math.fsum((score - voice.mean) / voice.std for score, voice in pairs) / len(scores)

    def standardised_on(self, scores: NDArray[np.float64]) -> "Fusion":
        """The same voices, standardised on the scores of normal clips ``(n_clips, n_voices)``.

        Raises:
            CalibrationError: one voice of several does not vary, so that it cannot be compared.
        """
        if len(self.voices) > 1:
            _require_spread(self.voices, scores)
        spreads = zip(self.voices, scores.mean(axis=0), scores.std(axis=0), strict=True)
        return Fusion(tuple(_standardised(voice, mean, std) for voice, mean, std in spreads))


def voices_of(bundle: Bundle, *, pooling: str | None = None) -> Fusion:
    """One voice for each member, not standardised yet.

    Args:
        bundle: the members.
        pooling: for members that judge windows; None for what suits the bundle: the mean, as in
            the paper, for one member alone, and beside a member that judges whole clips the
            lower quartile, which noise that passes leaves alone.
    """
    if pooling is None:
        pooling = ALONE if len(bundle.members) == 1 else TOGETHER
    return Fusion(
        tuple(
            Voice(
                member=index,
                kind=member.detector.kind,
                pooling=CLIP if isinstance(member.detector, ClipDetector) else pooling,
            )
            for index, member in enumerate(bundle.members)
        )
    )


def _require_spread(voices: Sequence[Voice], scores: NDArray[np.float64]) -> None:
    for voice, std in zip(voices, scores.std(axis=0), strict=True):
        if not std > 0:
            raise CalibrationError(
                f"the scores of {voice.kind} do not vary on this machine's normal sound; "
                "give more of it, or train another detector"
            )


def _standardised(voice: Voice, mean: float, std: float) -> Voice:
    return replace(voice, mean=float(mean), std=float(std))
