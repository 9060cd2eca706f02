"""How the scores of a bundle's members become one score: a property of the machine.

Members speak in units of their own (nats, squared distances), so each is standardised by its mean
and standard deviation on the machine's normal sound before they are combined. Members weigh alike,
however many voices each has. One voice alone keeps its units.
"""

import enum
import math
import operator
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RegimeVoices:
    """One of the ways in which a machine runs: how it sounds, and the voices standardised on it.

    Attributes:
        middle_db: median mean log-mel of its clips, dB, ``(n_mels,)``.
        voices: of the fusion, standardised on its clips alone; none where those of all hold.
    """

    middle_db: NDArray[np.float64]
    voices: tuple[Voice, ...] = ()


@dataclass(frozen=True, slots=True)
class Fusion:
    """The voices of a bundle and how their standardised scores are combined.

    Attributes:
        voices: at least one.
        combination: the mean, which on the machines measured was better (``docs/detection.md``),
            or the highest, for faults that only one voice hears.
        cohort: normal clips beside which the combined score of a clip is judged; None for none.
        regimes: in which the machine runs; fewer than two where none are told apart.
    """

    voices: tuple[Voice, ...]
    combination: Combination = Combination.MEAN
    cohort: Cohort | None = field(default=None, compare=False)
    regimes: tuple[RegimeVoices, ...] = ()

    def clip_score(
        self,
        scores: Sequence[float],
        spectrum_db: NDArray[np.floating[Any]] | None,
        regime: int | None = None,
    ) -> float:
        """The score of a clip; NaN if one of the voices has none.

        Args:
            scores: pooled, of the voices in their order.
            spectrum_db: mean log-mel of the clip, ``(n_mels,)``; only a cohort needs it.
            regime: that the clip is in (`regime_of`).
        """
        fused = self.fuse(scores, regime)
        if self.cohort is None or math.isnan(fused):
            return fused
        return math.nan if spectrum_db is None else self.cohort.normalised(fused, spectrum_db)

    def only(self, places: Sequence[int]) -> "Fusion":
        """Some of the voices, by their places, combined in the same way."""
        return replace(self, voices=tuple(self.voices[place] for place in places))

    def regime_of(self, spectrum_db: NDArray[np.floating[Any]]) -> int | None:
        """The regime that a clip is in; None where none are told apart.

        It is the one from whose middle the clip differs least, summed over the bands: a fault in
        some bands moves them away from all middles alike, however loud it is.

        Args:
            spectrum_db: its mean log-mel, dB, ``(n_mels,)``.
        """
        if len(self.regimes) < 2:  # noqa: PLR2004 - one is no choice
            return None
        differ = [np.abs(spectrum_db - regime.middle_db).sum() for regime in self.regimes]
        return int(np.argmin(differ))

    @property
    def is_by_regime(self) -> bool:
        """Whether every regime has a scale of its own."""
        return any(regime.voices for regime in self.regimes)

    def fuse(self, scores: Sequence[float], regime: int | None = None) -> float:
        """Combine the pooled scores of the voices; NaN if one has none.

        Args:
            scores: of the voices, in their order.
            regime: that the clip is in (`regime_of`).
        """
        own = self._own(regime)
        if len(self.voices) == 1 and not own:
            return scores[0]
        pairs = zip(scores, own or self.voices, strict=True)
        standardised = [(score - voice.mean) / voice.std for score, voice in pairs]
        if any(map(math.isnan, standardised)):
            return math.nan
        if self.combination is Combination.MAX:
            return max(standardised)
        shares = self._shares()
        return math.fsum(map(operator.mul, shares, standardised)) / math.fsum(shares)

    def _own(self, regime: int | None) -> tuple[Voice, ...]:
        """The voices standardised on a regime; none where it has none of its own."""
        return () if regime is None else self.regimes[regime].voices

    def carried(self, scores: Sequence[float], regime: int | None = None) -> dict[int, float]:
        """How much of a high score each member has carried, by its place in the bundle.

        Args:
            scores: pooled scores of the voices, in their order; none of a clip without a score.
            regime: that the clip is in.

        Returns:
            By how many standard deviations its voices are above normal, 0 where they are not; the
            mean over its voices.
        """
        carried = dict.fromkeys((voice.member for voice in self.voices), 0.0)
        if len(self.voices) == 1 or not scores:
            return carried
        voices = zip(self._own(regime) or self.voices, scores, self._shares(), strict=True)
        for voice, score, share in voices:
            carried[voice.member] += share * max(0.0, (score - voice.mean) / voice.std)
        return carried

    def _shares(self) -> list[float]:
        """Of every voice in what its member says; they sum to the number of members."""
        n_voices = Counter(voice.member for voice in self.voices)
        return [1 / n_voices[voice.member] for voice in self.voices]

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
