"""How fast samples really arrive, by the monotonic clock. Pure."""

MEASURED_OVER_S = 60.0
MOST_OFF = 0.01


class RateMeter:
    """Measures the sample rate of an unbroken stream, one stretch after another.

    Blocks arrive up to some tenths of a second early or late, so that a stretch must be long.

    Args:
        over_s: length of a stretch in seconds.

    Attributes:
        measured_hz: of the last whole stretch; None before the first.
    """

    def __init__(self, *, over_s: float = MEASURED_OVER_S) -> None:
        self._over_s = over_s
        self._began_s: float | None = None
        self._n_samples = 0
        self.measured_hz: float | None = None

    def interrupt(self) -> None:
        """Samples were lost: the next stretch begins with the next block."""
        self._began_s = None

    def push(self, n_samples: int, *, now_s: float) -> None:
        """Samples have arrived.

        Args:
            n_samples: how many.
            now_s: monotonic time at which the last of them was there.
        """
        if self._began_s is None:
            self._began_s, self._n_samples = now_s, 0
            return
        self._n_samples += n_samples
        elapsed_s = now_s - self._began_s
        if elapsed_s >= self._over_s:
            self.measured_hz = self._n_samples / elapsed_s
            self._began_s, self._n_samples = now_s, 0

    def is_off(self, claimed_hz: int) -> bool:
        """Whether the last stretch was more than `MOST_OFF` away from a claimed rate."""
        return (
            self.measured_hz is not None
            and abs(self.measured_hz - claimed_hz) > MOST_OFF * claimed_hz
        )
