"""The log-mel frames of a sound that is there as a whole."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Bundle
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.resample import StreamResampler


def frames_of(
    parts: Iterable[NDArray[np.float32]], *, sample_rate_hz: int, bundle: Bundle
) -> NDArray[np.float32]:
    """The frames that the scorer judges, to be drawn.

    Args:
        parts: consecutive samples of one recording session, ``(n_samples,)`` each; what is not
            finite counts as silence.
        sample_rate_hz: of the samples.
        bundle: knows the features.

    Returns:
        Decibels, ``(n_frames, n_mels)``.
    """
    resampler = StreamResampler(sample_rate_hz, bundle.features.sample_rate_hz)
    front_end = LogMel(bundle.features, bundle.mel_filters)
    frames = [
        front_end.push(resampler.push(np.nan_to_num(part, posinf=0.0, neginf=0.0)))
        for part in parts
    ]
    return np.concatenate([*frames, front_end.push(resampler.finish())])
