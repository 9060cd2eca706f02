"""Adaptive cohort normalisation: a clip's score beside those of the normal clips most like it.

A machine that sounds now like this and now like that scores normal clips of one kind higher than
those of another, and one threshold for all of them is set by the worst. In speaker verification a
score is therefore compared with those of the N most similar voices of a cohort (AS-Norm; P.
Matejka et al., "Analysis of score normalization in multilingual speaker recognition", Interspeech
2017); for anomalous sounds, normalising by the density around the nearest normal clips does the
same (K. Wilkinghoff et al., "Local density-based anomaly score normalization for domain
generalization", 2025, arXiv:2509.10951). What is near is measured on the mean log-mel of the clip.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_BROAD_BANDS = 32
"""Bands in which clips are compared: neighbouring mel bands tell much the same."""

PRIOR_CLIPS = 5
"""The overall deviation weighs as much as that of so many clips, for that of a few is chance."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """Normal clips that others are compared with.

    Attributes:
        nearest: how many of them a clip is compared with.
        bands_db: mean log-mel of each in broad bands, dB, ``(n_clips, n_bands)``.
        scores: of the same clips, ``(n_clips,)``.
    """

    nearest: int
    bands_db: Floats
    scores: Floats

    def normalised(self, score: float, spectrum_db: NDArray[np.floating[Any]]) -> float:
        """A clip's score in standard deviations above the mean of its nearest normal clips.

        Args:
            score: of the clip.
            spectrum_db: its mean log-mel by mel band, ``(n_mels,)``.
        """
        distances = np.square(self.bands_db - broad_bands(spectrum_db)).sum(axis=1)
        near = self.scores[np.argpartition(distances, self.nearest - 1)[: self.nearest]]
        weights = self.nearest, PRIOR_CLIPS
        variance = np.average([near.var(), self.scores.var()], weights=weights)
        return float((score - near.mean()) / np.sqrt(variance))

    def without(self, is_left_out: NDArray[np.bool_]) -> "Cohort":
        """The same without some clips ``(n_clips,)``."""
        return Cohort(
            nearest=self.nearest,
            bands_db=self.bands_db[~is_left_out],
            scores=self.scores[~is_left_out],
        )


def broad_bands(spectrum_db: NDArray[np.floating[Any]]) -> Floats:
    """Mean of neighbouring mel bands, ``(n_mels,)`` to ``(n_bands,)``, as alike as can be."""
    parts = np.array_split(spectrum_db.astype(np.float64), N_BROAD_BANDS)
    return np.array([part.mean() for part in parts])
