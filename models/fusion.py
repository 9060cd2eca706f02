"""How the scores of a bundle's members become one score: a property of the machine.

Members speak in units of their own (nats, squared distances), so each is standardised by its mean
and standard deviation on the machine's normal sound before they are combined. One voice alone
keeps its units.
"""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Bundle, Member
from asd_monitor.models.cohort import Cohort
from asd_monitor.models.detector import ClipDetector
from asd_monitor.models.errors import CalibrationError

MEAN = "mean"
"""The papers' way to pool windows."""

AND = "+"
"""Joins the poolings of a member that speaks with several voices, as in ``quantile:0.25+max``."""

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


class Combination(enum.StrEnum):
    """How the standardised scores of several voices become one."""

    MEAN = "mean"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Fusion:
    """The voices of a bundle and how their standardised scores are combined.

    Attributes:
        voices: at least one.
        combination: the mean, which on the machines measured was better (``docs/detection.md``),
            or the highest, for faults that only one voice hears.
        cohort: normal clips beside which the combined score of a clip is judged; None for none.
    """

    voices: tuple[Voice, ...]
    combination: Combination = Combination.MEAN
    cohort: Cohort | None = field(default=None, compare=False)

    def clip_score(self, scores: Sequence[float], spectrum_db: NDArray[np.float32] | None) -> float:
        """The score of a clip; NaN if one of the voices has none.

        Args:
            scores: pooled, of the voices in their order.
            spectrum_db: mean log-mel of the clip, ``(n_mels,)``; only a cohort needs it.
        """
        fused = self.fuse(scores)
        if self.cohort is None or math.isnan(fused):
            return fused
        return math.nan if spectrum_db is None else self.cohort.normalised(fused, spectrum_db)

    def only(self, places: Sequence[int]) -> "Fusion":
        """Some of the voices, by their places, combined in the same way."""
        return replace(self, voices=tuple(self.voices[place] for place in places))

    def fuse(self, scores: Sequence[float]) -> float:
        """Combine the pooled scores of the voices, in their order; NaN if one has none."""
        if len(self.voices) == 1:
            return scores[0]
        pairs = zip(scores, self.voices, strict=True)
        standardised = [(score - voice.mean) / voice.std for score, voice in pairs]
        if any(map(math.isnan, standardised)):
            return math.nan
        if self.combination is Combination.MAX:
            return max(standardised)
        return math.fsum(standardised) / len(standardised)

    def carried(self, scores: Sequence[float]) -> dict[int, float]:
        """How much of a high score each member has carried, by its place in the bundle.

        Args:
            scores: pooled scores of the voices, in their order; none of a clip without a score.

        Returns:
            By how many standard deviations its voices are above normal, 0 where they are not.
        """
        carried = dict.fromkeys((voice.member for voice in self.voices), 0.0)
        if len(self.voices) == 1 or not scores:
            return carried
        for voice, score in zip(self.voices, scores, strict=True):
            carried[voice.member] += max(0.0, (score - voice.mean) / voice.std)
        return carried

    def standardised_on(self, scores: NDArray[np.float64]) -> "Fusion":
        """The same voices, standardised on the scores of normal clips ``(n_clips, n_voices)``.

        Raises:
            CalibrationError: one voice of several does not vary, so that it cannot be compared.
        """
        if len(self.voices) > 1:
            _require_spread(self.voices, scores)
        spreads = zip(self.voices, scores.mean(axis=0), scores.std(axis=0), strict=True)
        voices = tuple(_standardised(voice, mean, std) for voice, mean, std in spreads)
        return replace(self, voices=voices)


def voices_of(
    bundle: Bundle, *, pooling: str = MEAN, combination: Combination = Combination.MEAN
) -> Fusion:
    """The voices of a bundle, not standardised yet.

    Args:
        bundle: the members.
        pooling: for members that judge windows; one voice for each of several joined by ``+``.
        combination: of the standardised voices.
    """
    voices = [
        Voice(member=index, kind=member.detector.kind, pooling=each)
        for index, member in enumerate(bundle.members)
        for each in _poolings(member, pooling)
    ]
    return Fusion(tuple(voices), combination)


def _poolings(member: Member, pooling: str) -> list[str]:
    return [CLIP] if isinstance(member.detector, ClipDetector) else pooling.split(AND)


def _require_spread(voices: Sequence[Voice], scores: NDArray[np.float64]) -> None:
    for voice, std in zip(voices, scores.std(axis=0), strict=True):
        if not std > 0:
            raise CalibrationError(
                f"the scores of {voice.kind} do not vary on this machine's normal sound; "
                "give more of it, or train another detector"
            )


def _standardised(voice: Voice, mean: float, std: float) -> Voice:
    return replace(voice, mean=float(mean), std=float(std))
