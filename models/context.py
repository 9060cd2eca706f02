"""Frames to context windows."""

import numpy as np
from numpy.typing import NDArray


class ContextWindows:
    """A fold: frames in, every stretch of ``n_frames`` consecutive frames out, hop one frame."""

    def __init__(self, *, n_frames: int, n_mels: int) -> None:
        self._n_frames = n_frames
        self._none = np.empty((0, n_mels), dtype=np.float32)
        self._pending = self._none

    def reset(self) -> None:
        """Forget the frames kept for the next window: no window spans two sessions."""
        self._pending = self._none

    def push(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next frames; return the windows they complete.

        Args:
            frames: float32 ``(n, n_mels)``.

        Returns:
            A read-only view, float32 ``(n_windows, n_frames, n_mels)``; ``n_windows`` may be 0.
        """
        stream = np.concatenate([self._pending, frames])
        self._pending = stream[max(0, len(stream) - self._n_frames + 1) :].copy()
        if len(stream) < self._n_frames:
            return np.empty((0, self._n_frames, stream.shape[1]), dtype=np.float32)
        n_windows = len(stream) - self._n_frames + 1
        shape = (n_windows, self._n_frames, stream.shape[1])
        frame, value = stream.strides
        windows = np.ndarray(shape, stream.dtype, stream, strides=(frame, frame, value))
        windows.flags.writeable = False
        return windows
