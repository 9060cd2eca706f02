"""How long the clips of a calibration are: as long as its recordings let them be.

A score pooled over four seconds is not one pooled over ten: it varies more, and that of a detector
that judges whole clips lies elsewhere altogether. So all clips of a calibration have one length,
within a second, and `run` and `replay` pool over that length too.
"""

import math
from collections.abc import Iterable

MIN_SHARE = 0.9
"""Of the sound must lie in sessions of a clip's length; a few scraps shorten nothing."""

ROUNDING_S = 1.0
"""Clips are whole seconds: a recording may be shorter than one by less than that."""


def clip_length_s(sessions_s: Iterable[float], *, longest_s: float) -> float:
    """The length of clips that suits recording sessions.

    Args:
        sessions_s: their lengths in seconds, positive.
        longest_s: the length that clips have where the sessions are long enough, whole seconds.

    Returns:
        `longest_s`, or the length in which `MIN_SHARE` of the sound lies, rounded up to a second.
    """
    lengths_s = sorted(sessions_s)
    allowed_s = (1 - MIN_SHARE) * math.fsum(lengths_s)
    shorter_s = 0.0
    for length_s in lengths_s:
        shorter_s += length_s
        if shorter_s > allowed_s:
            return min(longest_s, float(math.ceil(length_s)))
    return longest_s


def fills_clip(session_s: float, clip_s: float) -> bool:
    """Whether a whole session is long enough to be a clip, rounding apart."""
    return session_s > clip_s - ROUNDING_S
