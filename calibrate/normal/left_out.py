"""What was offered and is no evidence, and why."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Sound that was offered and is no evidence.

    Attributes:
        path: the file.
        seconds: how much of it.
        reason: why, in words.
        seen: whether the reason is that training has seen it.
    """

    path: Path
    seconds: float
    reason: str
    seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A file that could not be read to its end, and why."""

    path: Path
    message: str


def left_out_seconds(left_out: Iterable[LeftOut]) -> dict[str, float]:
    """Seconds of sound that were left out, by the reason."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for each in left_out:
        seconds[each.reason] += each.seconds
    return dict(seconds)
