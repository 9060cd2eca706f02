"""From decibels to the units in which detectors are fitted."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Standardiser:
    """Per-bin standardisation, fixed at training time.

    Attributes:
        mean: float32 ``(n_mels,)``, dB.
        std: float32 ``(n_mels,)``, dB, positive.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]

    @classmethod
    def of_standardised(cls, n_mels: int) -> Self:
        """The one for frames that are standardised already."""
        return cls(mean=np.zeros(n_mels, np.float32), std=np.ones(n_mels, np.float32))

    def __call__(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Standardise log-mel frames, dB, ``(n_frames, n_mels)``."""
        standardised: NDArray[np.float32] = (frames - self.mean) / self.std
        return standardised
