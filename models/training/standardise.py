"""Per-bin standardisation from the sound a detector is fitted on."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.standardiser import Standardiser
from asd_monitor.models.training.sound import Runs

STD_FLOOR_DB = 0.5
"""A bin that hardly moves, a pure tone's or an empty band's, must not make decibels of what is
inaudible: no bin counts as steadier than this."""


BLOCK_FRAMES = 16_384
"""Frames looked at together: some megabytes, however long the sound is."""


def fit_standardiser(runs: Runs) -> Standardiser:
    """Mean and standard deviation of each bin over all frames, the latter at least `STD_FLOOR_DB`.

    The papers do not say how inputs are scaled. Bin by bin, every band weighs alike in the score,
    and where the components of a mixture begin suits all of them. One scale
    for all bands was not told from it (-0.001 of area under the ROC curve), one mean and one scale
    were worse by 0.007 (``docs/detectors.md``).

    Args:
        runs: log-mel in dB, at least one frame in all.
    """
    n_frames = len(runs.frames)
    mean = sum(block.sum(axis=0, dtype=np.float64) for block in _blocks(runs)) / n_frames
    variance = sum(np.square(block - mean).sum(axis=0) for block in _blocks(runs)) / n_frames
    std = np.maximum(np.sqrt(variance), STD_FLOOR_DB)
    return Standardiser(mean=mean.astype(np.float32), std=std.astype(np.float32))


def standardise(runs: Runs, standardiser: Standardiser) -> None:
    """Bring the runs to units of the standardiser, in place."""
    for block in _blocks(runs):
        np.subtract(block, standardiser.mean, out=block)
        np.divide(block, standardiser.std, out=block)


def _blocks(runs: Runs) -> Iterator[NDArray[np.float32]]:
    """All frames in order, as views."""
    for start in range(0, len(runs.frames), BLOCK_FRAMES):
        yield runs.frames[start : start + BLOCK_FRAMES]
