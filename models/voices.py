"""From the sound of a clip to the score of each voice."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.bundle import Bundle, Member
from asd_monitor.models.clip_sound import ClipSound
from asd_monitor.models.detector import ClipDetector
from asd_monitor.models.fusion import Fusion
from asd_monitor.models.pooling import parse_pooling

PerBin = NDArray[np.float64] | None
VoiceScorer = Callable[[ClipSound], tuple[float, PerBin]]
"""Also says what each mel band ``(n_mels,)`` has of the score, where a member judges the clip as a
whole and can."""


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
            scorers.append(_whole_clip(member))
    return scorers


def window_rows(bundle: Bundle) -> dict[int, int]:
    """The row of `WindowScores.score` of every member that judges windows."""
    judges = [
        index
        for index, member in enumerate(bundle.members)
        if not isinstance(member.detector, ClipDetector)
    ]
    return {index: row for row, index in enumerate(judges)}


def _pooled(row: int, pooling: str) -> VoiceScorer:
    pool = parse_pooling(pooling)

    def score(sound: ClipSound) -> tuple[float, PerBin]:
        return pool(sound.scores[row]), None

    return score


def _whole_clip(member: Member) -> VoiceScorer:
    detector, standardiser = member.detector, member.standardiser
    if not isinstance(detector, ClipDetector):
        raise TypeError(f"{detector.kind} does not judge clips")

    def score(sound: ClipSound) -> tuple[float, PerBin]:
        return detector.score_clip(sound.by_band.T, standardiser)

    return score
