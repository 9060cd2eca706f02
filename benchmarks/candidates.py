"""What the default detector could have been: ways to pool and combine the ensemble's members."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.normal.pooling_choice import (
    AUTO,
    QUARTILE,
    RECURRING,
    PoolingChoice,
    choose,
)
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

CHOSEN: Names = (AUTO, WHOLE)
"""What the product does with a bundle of both members."""

CANDIDATES: tuple[Names, ...] = (
    *((name,) for name in VOICES if name != "peak"),
    (MEAN, WHOLE),
    (QUARTILE, WHOLE),
    (QUARTILE, "max", WHOLE),
    (QUARTILE, "peak", WHOLE),
    (MEAN, "max", WHOLE),
    (MEAN, "peak", WHOLE),
    (MEAN, QUARTILE, "peak", WHOLE),
    CHOSEN,
)

DRAWN, DRAWS = (10, 20, 50), 300
"""Numbers of clips to choose a pooling by, and how often they are drawn."""

ALL_VOICES = Fusion(tuple(VOICES.values()))
"""To have the scores of all voices from one pass of the scorer."""


def choice_on(reference: Floats) -> PoolingChoice:
    """The pooling that the product chooses where it is left to normal clips.

    Args:
        reference: scores of `ALL_VOICES` on them, ``(n_clips, n_voices)``.

    Raises:
        ValueError: there are no clips.
    """
    chosen = choose(ALL_VOICES, reference)
    if chosen is None:
        raise ValueError("there are no normal clips to choose by")
    return chosen


def recurring_shares(normal: Floats, *, generator: np.random.Generator) -> tuple[float, ...]:
    """How often so many normal clips would be pooled as those of a machine that recurs.

    Args:
        normal: scores of `ALL_VOICES`, ``(n_clips, n_voices)``.
        generator: draws the clips, with repetition.

    Returns:
        Of `DRAWS` draws the share, for each of `DRAWN`.
    """
    shares = []
    for n_drawn in DRAWN:
        drawn = normal[generator.integers(len(normal), size=(DRAWS, n_drawn))]
        shares.append(np.mean([choice_on(clips).pooling == RECURRING for clips in drawn]))
    return tuple(map(float, shares))


def candidates_on(reference: Floats) -> list[Fusion]:
    """The fusion of each candidate.

    Args:
        reference: scores of `ALL_VOICES` on normal clips, ``(n_clips, n_voices)``.
    """
    auto = choice_on(reference).pooling.split(AND)
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
