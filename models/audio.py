"""Sound on its way through the program."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class AudioBlock:
    """Consecutive samples of one channel.

    Attributes:
        samples: float32 ``(n_samples,)``, full scale is 1.0; may hold non-finite values, which
            the scorer flags.
        sample_rate_hz: rate of ``samples`` and of ``first_sample``.
        first_sample: position of ``samples[0]``, counted from the beginning of the source, lost
            samples included.
        captured_at: UTC time of ``samples[0]``.
        gap_before: samples are missing before this block; a new recording session begins.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    first_sample: int
    captured_at: datetime
    gap_before: bool
