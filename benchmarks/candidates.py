"""What the default detector could have been: ways to pool and combine the ensemble's members."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.pooling_choice import AUTO, QUARTILE, choose
from asd_monitor.models.detector import ENSEMBLE_KINDS
from asd_monitor.models.fusion import AND, CLIP, MEAN, Fusion, Voice

Names = tuple[str, ...]
Floats = NDArray[np.float64]

WINDOWS, WHOLE = ENSEMBLE_KINDS
"""The member that judges windows, whose scores are pooled, and the one that judges clips."""

POOLINGS = (MEAN, QUARTILE, "max", "top:0.1", "peak")

VOICES = {
    **{name: Voice(member=0, kind=WINDOWS, pooling=name) for name in POOLINGS},
    WHOLE: Voice(member=1, kind=WHOLE, pooling=CLIP),
}

CHOSEN: Names = (QUARTILE, WHOLE)
"""What the product does with a bundle of both members."""

CANDIDATES: tuple[Names, ...] = (
    *((name,) for name in VOICES if name != "peak"),
    (MEAN, WHOLE),
    CHOSEN,
    (QUARTILE, "max", WHOLE),
    (MEAN, "max", WHOLE),
    (MEAN, "peak", WHOLE),
    (AUTO, WHOLE),
)

ALL_VOICES = Fusion(tuple(VOICES.values()))
"""To have the scores of all voices from one pass of the scorer."""


def candidates_on(reference: Floats) -> list[Fusion]:
    """The fusion of each candidate.

    Args:
        reference: scores of `ALL_VOICES` on normal clips, ``(n_clips, n_voices)``.
    """
    chosen = choose(ALL_VOICES, reference)
    auto = chosen.pooling.split(AND) if chosen else []
    placed = [_places([*auto, *names[1:]] if AUTO in names else names) for names in CANDIDATES]
    return [ALL_VOICES.only(places).standardised_on(reference[:, places]) for places in placed]


def fused(fusions: Iterable[Fusion], voices: Floats) -> Floats:
    """The score of every candidate for every clip, ``(n_candidates, n_clips)``.

    Args:
        fusions: see `candidates_on`.
        voices: scores of `ALL_VOICES`, ``(n_clips, n_voices)``.
    """
    poolings = [voice.pooling for voice in ALL_VOICES.voices]
    rows = [
        (fusion, voices[:, [poolings.index(voice.pooling) for voice in fusion.voices]].tolist())
        for fusion in fusions
    ]
    return np.array([[fusion.fuse(row) for row in of_one] for fusion, of_one in rows])


def _places(names: Iterable[str]) -> list[int]:
    return [list(VOICES).index(name) for name in names]
