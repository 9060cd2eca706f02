"""Functions timed in turn, so that whatever else the computer does meets all of them alike.

Times are those of the processor that the calling thread used: on a shared computer the wall clock
measures the neighbours.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of processor time per call, one value for each round, ``(n_rounds,)``."""

    seconds: NDArray[np.float64]

    @property
    def median_s(self) -> float:
        """Half of the rounds took no longer."""
        return float(np.median(self.seconds))

    def over(self, other: "Timed") -> "Timed":
        """How many times as long as another, round by round."""
        return Timed(self.seconds / other.seconds)

    def spread(self, unit: float = 1.0) -> tuple[float, float]:
        """The quartiles, in units of ``1 / unit`` seconds."""
        low, high = np.quantile(self.seconds * unit, [0.25, 0.75])
        return float(low), float(high)


def in_turn(
    functions: Mapping[str, Callable[[], object]], *, rounds: int = 40, calls: int = 5
) -> dict[str, Timed]:
    """Time functions in turn.

    Args:
        functions: by name.
        rounds: how often each has its turn.
        calls: in a turn, after one that is not timed and brings its memory near.
    """
    for function in functions.values():
        for _ in range(WARM_UP):
            function()
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            function()
            begun_s = time.thread_time()
            for _ in range(calls):
                function()
            seconds[name].append((time.thread_time() - begun_s) / calls)
    return {name: Timed(np.array(values)) for name, values in seconds.items()}
