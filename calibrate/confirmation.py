"""When clips agree: the settings of the decision, and the score that M of N clips confirm."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from asd_monitor.models.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSettings:
    """How clip scores become an event.

    Attributes:
        confirm_m: an event opens when this many ...
        confirm_n: ... of this many latest clips exceed the critical threshold.
        clear_n: an event ends after this many consecutive clips below the clear level.
        hysteresis: the clear level lies this share of the way down from the critical threshold
            to the median score of normal sound, 0 to 1.
        cooldown_s: seconds of sound after an event in which none opens.
    """

    confirm_m: int = 3
    confirm_n: int = 5
    clear_n: int = 5
    hysteresis: float = 0.1
    cooldown_s: float = 60.0

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ConfigurationError: a number is out of its range.
        """
        for holds, rule in (
            (1 <= self.confirm_m <= self.confirm_n, "1 <= confirm_m <= confirm_n"),
            (self.clear_n >= 1, "clear_n >= 1"),
            (0 <= self.hysteresis <= 1, "0 <= hysteresis <= 1"),
            (0 <= self.cooldown_s < float("inf"), "cooldown_s >= 0 and finite"),
        ):
            if not holds:
                raise ConfigurationError(f"The decision settings do not keep to {rule}.")


def confirmed_scores(scores: NDArray[np.float64], m: int, n: int) -> NDArray[np.float64]:
    """Scores that M of the last N clips confirm.

    An event opens at a clip exactly where its confirmed score exceeds the threshold, since "at
    least M of the last N scores exceed t" says the same as "the M-th largest of them exceeds t".

    Args:
        scores: of all clips of one session, in order, ``(n_clips,)``, without NaN.
        m: clips that must agree.
        n: clips that are looked at, at least ``m``.

    Returns:
        The M-th largest of the last N scores, ``(n_clips,)``; minus infinity for the first
        ``m - 1`` clips, where nothing can be confirmed yet. A session of fewer than M clips is
        judged at its end on what it has, so its last value is the lowest of its scores.
    """
    if not len(scores):
        return np.empty(0)
    padded = np.concatenate([np.full(n - 1, -np.inf), scores])
    confirmed = np.sort(sliding_window_view(padded, n), axis=1)[:, n - m]
    if len(scores) < m:
        confirmed[-1] = scores.min()
    return confirmed
