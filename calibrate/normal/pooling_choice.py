"""How a machine's windows are pooled, chosen from its normal sound alone. Pure.

A fault that lasts moves all windows of a clip, an impulse a few. Mean and peak hear impulses, and
with them whatever passes the machine. The lower quartile shuts that out, but is deaf to a machine
that sounds in strokes, for it listens to the pauses. Normal sound tells whose the differences
between the windows of a clip are: a machine's own recur from clip to clip, those of passing noise
do not.
``docs/detection-choices.md`` measures the choice.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Bundle
from asd_monitor.models.fusion import AND, CLIP, MEAN, Combination, Fusion, voices_of

AUTO = "auto"
"""The pooling of a calibration that chooses it."""

QUARTILE = "quantile:0.25"
RECURRING = f"{MEAN}{AND}peak"
"""Where the windows of each clip differ alike: steady machines, and those that sound in strokes."""

PASSING = QUARTILE
"""Where the windows of some clips differ far more than those of others."""

RECURRENCE_MIN = 1.55
"""Least recurrence of what is a machine's own: by draws of 50 normal clips, the limit that parts
passing noise from clean sound and strokes best. Fifty clips are rarely on the wrong side of it, ten
more often; ``docs/detection-choices.md`` has how often."""

UPPER = 0.8
_UPPER_PER_STD = 0.8416
_STD_PER_MAD = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolingChoice:
    """A pooling and why it was chosen.

    Attributes:
        pooling: of the windows.
        recurrence: what it was chosen by, see `recurrence`.
    """

    pooling: str
    recurrence: float

    def said(self) -> str:
        """The choice in a sentence."""
        if self.pooling == RECURRING:
            return (
                f"Windows are pooled by {self.pooling}: what they differ by within a clip is much "
                f"the same in all clips (recurrence {self.recurrence:.1f}), so it is the machine's."
            )
        return (
            f"Windows are pooled by {self.pooling}: what they differ by within a clip is not the "
            f"same in all clips (recurrence {self.recurrence:.1f}), as when noise passes."
        )


def draft(bundle: Bundle, *, pooling: str | None, combination: Combination) -> Fusion:
    """The voices that a calibration scores with, before it has chosen among them.

    Args:
        bundle: the members.
        pooling: asked for; None for the default, see `pooling_of`.
        combination: of the standardised voices.
    """
    asked = pooling_of(bundle, pooling)
    tried = f"{RECURRING}{AND}{PASSING}" if asked == AUTO else asked
    return voices_of(bundle, pooling=tried, combination=combination)


def pooling_of(bundle: Bundle, asked: str | None) -> str:
    """What is asked for, or the default of a bundle.

    A member alone is a detector of the papers, and pooled by their mean, so that what `evaluate`
    says of it can be compared with them; of several, each machine gets what suits it.
    """
    if asked is not None:
        return asked
    return MEAN if len(bundle.members) == 1 else AUTO


def choose(draft: Fusion, voices: NDArray[np.float64]) -> PoolingChoice | None:
    """Choose by normal clips.

    Args:
        draft: see `draft`, of a pooling that is to be chosen.
        voices: the scores of its voices for normal clips, ``(n_clips, n_voices)``.

    Returns:
        The choice; None where no member judges windows or there are no clips.
    """
    columns = {voice.pooling: place for place, voice in reversed([*enumerate(draft.voices)])}
    if MEAN not in columns or not len(voices):
        return None
    found = recurrence(voices[:, columns[MEAN]] - voices[:, columns[QUARTILE]])
    pooling = RECURRING if found >= RECURRENCE_MIN else PASSING
    return PoolingChoice(pooling=pooling, recurrence=found)


def recurrence(differences: NDArray[np.float64]) -> float:
    """How alike clips are in what their windows differ by.

    Args:
        differences: of each clip, its windows' mean above their lower quartile, ``(n_clips,)``.

    Returns:
        Their median over their standard deviation; infinite where they are all the same. The
        deviation is the geometric mean of two estimates: the median absolute deviation, which a few
        odd clips do not move, and how far the 80 % quantile is above the median, which noise in a
        fifth of the clips does.
    """
    middle, upper = np.quantile(differences, [0.5, UPPER])
    central = _STD_PER_MAD * float(np.median(np.abs(differences - middle)))
    spread = math.sqrt(central * float(upper - middle) / _UPPER_PER_STD)
    return float(middle) / spread if spread > 0 else float("inf")


def places_of(draft: Fusion, pooling: str) -> Sequence[int]:
    """Where in a draft the voices of a pooling stand, those of whole clips included."""
    kept = {CLIP, *pooling.split(AND)}
    return [place for place, voice in enumerate(draft.voices) if voice.pooling in kept]
