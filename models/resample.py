"""Brings a stream to another sample rate without aliasing."""

import numpy as np
import soxr
from numpy.typing import NDArray


class StreamResampler:
    """A band-limited resampler for one recording session after another.

    The filter is the SoX resampler library's linear-phase "HQ" recipe. Its delay is taken out:
    output sample ``i`` lies at input sample ``i * from_rate_hz / to_rate_hz``, so a push returns
    fewer samples than the ratio says (by up to 0.12 s) and `finish` returns the rest, after which
    ``round(n * to_rate_hz / from_rate_hz)`` samples have come out for ``n`` that went in. How the
    input is cut into blocks changes no bit of the output.

    Samples must be finite: one NaN would spread over the filter's length.
    """

    def __init__(self, from_rate_hz: int, to_rate_hz: int) -> None:
        self._stream = (
            None
            if from_rate_hz == to_rate_hz
            else soxr.ResampleStream(from_rate_hz, to_rate_hz, 1, dtype="float32", quality="HQ")
        )

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take samples ``(n,)`` at the input rate; return what is ready at the output rate."""
        return self._resample(samples, last=False)

    def finish(self) -> NDArray[np.float32]:
        """End the session: return the samples still held back, and be ready for the next one."""
        rest = self._resample(np.empty(0, dtype=np.float32), last=True)
        if self._stream is not None:
            self._stream.clear()
        return rest

    def _resample(self, samples: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        if self._stream is None:
            return samples
        resampled: NDArray[np.float32] = self._stream.resample_chunk(samples, last=last)
        return resampled
