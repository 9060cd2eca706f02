"""What the default detector could have been: ways to pool and combine the ensemble's members."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.detector import ENSEMBLE_KINDS
from asd_monitor.models.fusion import CLIP, TOGETHER, Fusion, Voice

Names = tuple[str, ...]
Floats = NDArray[np.float64]

WINDOWS, WHOLE = ENSEMBLE_KINDS
"""The member that judges windows, whose scores are pooled, and the one that judges clips."""

POOLINGS = ("mean", TOGETHER, "max", "top:0.1")

VOICES = {
    **{name: Voice(member=0, kind=WINDOWS, pooling=name) for name in POOLINGS},
    WHOLE: Voice(member=1, kind=WHOLE, pooling=CLIP),
}

CHOSEN: Names = (TOGETHER, WHOLE)
"""What the product does with a bundle of both members."""

CANDIDATES: tuple[Names, ...] = (
    *((name,) for name in VOICES),
    ("mean", WHOLE),
    CHOSEN,
    (TOGETHER, "max", WHOLE),
)

ALL_VOICES = Fusion(tuple(VOICES.values()))
"""To have the scores of all voices from one pass of the scorer."""


def candidates_on(reference: Floats) -> list[Fusion]:
    """The fusion of each candidate.

    Args:
        reference: scores of `ALL_VOICES` on normal clips, ``(n_clips, n_voices)``.
    """
    return [
        Fusion(tuple(VOICES[name] for name in names)).standardised_on(reference[:, _columns(names)])
        for names in CANDIDATES
    ]


def fused(fusions: Iterable[Fusion], voices: Floats) -> Floats:
    """The score of every candidate for every clip, ``(n_candidates, n_clips)``.

    Args:
        fusions: see `candidates_on`.
        voices: scores of `ALL_VOICES`, ``(n_clips, n_voices)``.
    """
    rows = [voices[:, _columns(names)].tolist() for names in CANDIDATES]
    return np.array(
        [[fusion.fuse(row) for row in of_one] for fusion, of_one in zip(fusions, rows, strict=True)]
    )


def _columns(names: Sequence[str]) -> list[int]:
    return [list(VOICES).index(name) for name in names]
