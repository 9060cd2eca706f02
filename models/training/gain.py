"""Random gains, so that a turned microphone knob does not sound like a fault.

A gain is one offset in dB for all bins of all frames of a window.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def with_random_gain(
    windows: Tensor, *, std_db: Tensor, range_db: float, generator: torch.Generator
) -> Tensor:
    """Each window with a gain of its own, drawn uniformly from plus or minus ``range_db``.

    Args:
        windows: standardised, ``(n, n_frames, n_mels)``.
        std_db: what one standardised unit is in each bin, dB, ``(n_mels,)``.
        range_db: 0 for none.
        generator: of the gains.
    """
    if not range_db:
        return windows
    share = 2 * torch.rand(len(windows), 1, 1, generator=generator) - 1
    return windows + share.to(windows.device) * range_db / std_db


def gain_covariance(
    *, std_db: NDArray[np.float32], n_frames: int, range_db: float
) -> NDArray[np.float64]:
    """What gains drawn as in `with_random_gain` add to the covariance of windows.

    A gain is independent of the sound and moves all values together, by ``1 / std_db`` for each
    dB; its variance is ``range_db**2 / 3``.

    Returns:
        Of rank one, ``(n_frames * n_mels, n_frames * n_mels)``, standardised units.
    """
    per_db = np.tile(1 / std_db.astype(np.float64), n_frames)
    return range_db**2 / 3 * np.outer(per_db, per_db)
