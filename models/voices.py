"""From what a clip's seconds hold to the score of each voice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Bundle, Member
from asd_monitor.models.detector import ClipDetector
from asd_monitor.models.fusion import Fusion
from asd_monitor.models.pooling import parse_pooling
from asd_monitor.models.scores import WindowScores


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSecond:
    """A second of a session, scored.

    Attributes:
        windows: the context windows that end within it.
        frames: the log-mel frames that end within it, dB, ``(n_frames, n_mels)``.
        first_frame_sample: first sample of the first of those frames, at the model's rate.
    """

    windows: WindowScores
    frames: NDArray[np.float32]
    first_frame_sample: int


VoiceScorer = Callable[[int, Sequence[ScoredSecond]], float]
"""Scores what begins at a sample or later in some consecutive seconds."""


def voice_scorers(fusion: Fusion, bundle: Bundle) -> list[VoiceScorer]:
    """One scorer for each voice of a fusion, in its order.

    Raises:
        ConfigurationError: there is no such pooling.
    """
    rows = window_rows(bundle)
    scorers: list[VoiceScorer] = []
    for voice in fusion.voices:
        member = bundle.members[voice.member]
        if voice.member in rows:
            scorers.append(_pooled(rows[voice.member], voice.pooling))
        else:
            scorers.append(_whole_clip(member, bundle.features.hop_length))
    return scorers


def window_rows(bundle: Bundle) -> dict[int, int]:
    """The row of `WindowScores.score` of every member that judges windows."""
    judges = [
        index
        for index, member in enumerate(bundle.members)
        if not isinstance(member.detector, ClipDetector)
    ]
    return {index: row for row, index in enumerate(judges)}


def n_windows_from(first_sample: int, seconds: Sequence[ScoredSecond]) -> int:
    """How many windows begin at a sample or later."""
    return sum(
        second.windows.score.shape[1] - _n_before(first_sample, second.windows)
        for second in seconds
    )


def _pooled(row: int, pooling: str) -> VoiceScorer:
    pool = parse_pooling(pooling)

    def score(first_sample: int, seconds: Sequence[ScoredSecond]) -> float:
        parts = [
            second.windows.score[row, _n_before(first_sample, second.windows) :]
            for second in seconds
        ]
        return pool(np.concatenate(parts))

    return score


def _whole_clip(member: Member, hop_length: int) -> VoiceScorer:
    standardiser, detector = member.standardiser, member.detector
    if not isinstance(detector, ClipDetector):
        raise TypeError(f"{detector.kind} does not judge clips")

    def score(first_sample: int, seconds: Sequence[ScoredSecond]) -> float:
        parts = [
            second.frames[max(0, -(-(first_sample - second.first_frame_sample) // hop_length)) :]
            for second in seconds
        ]
        frames = np.concatenate(parts)
        return detector.score_clip((frames - standardiser.mean) / standardiser.std)

    return score


def _n_before(first_sample: int, windows: WindowScores) -> int:
    """Windows that begin before a sample."""
    n_before = -(-(first_sample - windows.first_sample) // windows.hop_samples)
    return min(max(0, n_before), int(windows.score.shape[1]))
