"""One member that judges windows, fed with the frames of a session."""

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Member
from asd_monitor.models.context import ContextWindows
from asd_monitor.models.detector import ClipDetector
from asd_monitor.models.features import FeatureConfig


class WindowJudge:
    """A fold: log-mel frames in, the scores of the windows they complete out."""

    def __init__(self, member: Member, features: FeatureConfig) -> None:
        """Begin a session.

        Args:
            member: judges windows.
            features: sizes of frame and window.

        Raises:
            TypeError: the member judges whole clips.
        """
        if isinstance(member.detector, ClipDetector):
            raise TypeError(f"{member.detector.kind} does not judge windows")
        self._detector = member.detector
        self._batch = member.batch
        self._standardiser = member.standardiser
        self._context = ContextWindows(n_frames=features.n_frames, n_mels=features.n_mels)

    def push(
        self, frames: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Take the next frames; score the windows that they complete.

        Args:
            frames: log-mel, dB, ``(n_frames, n_mels)``.

        Returns:
            See `asd_monitor.models.detector.Detector.score_windows`.
        """
        windows = self._context.push(self._standardiser(frames))
        return self._batch.score(self._detector.score_windows, windows)
