"""Clips with a level and a spectrum, made of numbers."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.scores import ClipScore
from tests.support.clip_scores import clip

N_MELS = 128
LEVEL_DBFS = -30.0

Spectra = NDArray[np.float64]


def spectra(n_clips: int, *, offset_db: float = 0.0, seed: int = 0) -> Spectra:
    """Mean log-mel of normal clips, dB, ``(n_clips, N_MELS)``: a slope with 2 dB of variation."""
    noise = np.random.default_rng(seed).normal(0, 2, (n_clips, N_MELS))
    return np.linspace(-10, -50, N_MELS) + noise + offset_db


def level_clips(
    spectra_db: Spectra,
    *,
    offset_db: float = 0.0,
    hop_s: float = 1.0,
    start_s: float = 0.0,
    score: float = 0.0,
) -> list[ClipScore]:
    """Clips of 10 s with these spectra, one every `hop_s`."""
    return [
        replace(
            clip(score, start_s=start_s + index * hop_s),
            level_dbfs=LEVEL_DBFS + offset_db,
            spectrum_db=(spectrum + offset_db).astype(np.float32),
        )
        for index, spectrum in enumerate(spectra_db)
    ]
