"""The normal clips that others are judged beside: chosen, kept in the calibration, applied.

The scores that set the thresholds have to be such as fresh sound will get. A clip of the cohort is
near itself, and clips of the same minutes are near each other, so that judged beside all of them it
would look more normal than any fresh clip. Normal sound is therefore cut into blocks of time, and
each clip judged beside the cohort of the other blocks.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.cohort import N_BROAD_BANDS, Cohort, broad_bands
from asd_monitor.models.errors import CalibrationError, InsufficientSoundError
from asd_monitor.models.fusion import Fusion
from asd_monitor.models.scores import ClipScore

MAX_CLIPS = 500
N_BLOCKS = 10
MIN_SHARE = 4
"""A cohort has this many times the clips that are compared with, or near would mean nothing."""

Sessions = tuple[tuple[ClipScore, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortClips:
    """A cohort as a calibration keeps it.

    Attributes:
        nearest: how many of its clips another clip is judged beside.
        bands_db: mean log-mel of each clip in broad bands, dB, ``(n_clips, n_bands)``.
        scores: of the same clips, ``(n_clips,)``.
    """

    nearest: int
    bands_db: tuple[tuple[float, ...], ...]
    scores: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check that the clips agree.

        Raises:
            CalibrationError: they do not.
        """
        n_bands = set(map(len, self.bands_db))
        if n_bands != {N_BROAD_BANDS} or len(self.bands_db) != len(self.scores):
            raise CalibrationError("the clips of its cohort contradict each other")
        if not 0 < self.nearest <= len(self.scores):
            raise CalibrationError("its cohort is smaller than what is to be near")

    @classmethod
    def of(cls, cohort: Cohort) -> "CohortClips":
        """A cohort to be kept, its levels rounded to a hundredth of a decibel."""
        bands = cohort.bands_db.round(2).tolist()
        return cls(
            nearest=cohort.nearest,
            bands_db=tuple(map(tuple, bands)),
            scores=tuple(cohort.scores.tolist()),
        )

    @property
    def cohort(self) -> Cohort:
        """The cohort, to judge by."""
        return Cohort(
            nearest=self.nearest, bands_db=np.array(self.bands_db), scores=np.array(self.scores)
        )


def beside_cohort(
    fusion: Fusion, sessions: Sessions, *, nearest: int, clip_s: float, hop_s: float
) -> tuple[Fusion, Sessions]:
    """Choose a cohort and judge all clips beside that of the other blocks of time.

    Args:
        fusion: that has scored the clips.
        sessions: usable clips of normal sound with their spectra, in order of time.
        nearest: how many clips another one is judged beside.
        clip_s: length of a clip.
        hop_s: from one clip's beginning to the next's.

    Returns:
        The fusion with the cohort, and the clips with their new scores and without spectra.

    Raises:
        InsufficientSoundError: too few clips that do not overlap.
    """
    clips = [clip for session in sessions for clip in session]
    blocks = np.arange(len(clips)) * N_BLOCKS // len(clips)
    chosen = _chosen(sessions, step=max(1, round(clip_s / hop_s)))
    _require_enough(len(chosen), nearest, clip_s=clip_s)
    # As it will be read from the calibration, so that the same clip gets the same score.
    whole = CohortClips.of(
        Cohort(
            nearest=nearest,
            bands_db=np.array([broad_bands(_spectrum_db(clips[index])) for index in chosen]),
            scores=np.array([clips[index].score for index in chosen]),
        )
    ).cohort
    of_others = [whole.without(blocks[chosen] == block) for block in range(N_BLOCKS)]
    scores = iter(
        [
            of_others[block].normalised(clip.score, _spectrum_db(clip))
            for clip, block in zip(clips, blocks, strict=True)
        ]
    )
    judged = tuple(
        tuple(replace(clip, score=next(scores), spectrum_db=None) for clip in session)
        for session in sessions
    )
    return replace(fusion, cohort=whole), judged


def _chosen(sessions: Sessions, *, step: int) -> NDArray[np.intp]:
    """Places of clips that do not overlap, evenly thinned to as many as are kept."""
    firsts = np.cumsum([0, *map(len, sessions)])
    apart = np.concatenate([np.arange(first, end, step) for first, end in pairwise(firsts)])
    kept = np.linspace(0, len(apart) - 1, min(len(apart), MAX_CLIPS)).round().astype(np.intp)
    chosen: NDArray[np.intp] = apart[kept]
    return chosen


def _require_enough(n_clips: int, nearest: int, *, clip_s: float) -> None:
    if n_clips < MIN_SHARE * nearest:
        raise InsufficientSoundError(
            f"A cohort of which {nearest} clips are to be near needs at least"
            f" {MIN_SHARE * nearest} clips of {clip_s:g} s of normal sound and has {n_clips};"
            f" record more, or give --cohort {max(1, n_clips // MIN_SHARE)}."
        )


def _spectrum_db(clip: ClipScore) -> NDArray[np.float32]:
    if clip.spectrum_db is None:
        raise ValueError("the clip was scored without its spectrum being kept")
    return clip.spectrum_db
