"""How long to wait before trying again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """Pauses that double up to a longest one; trying never ends.

    Attributes:
        first_s: pause after the first failure.
        longest_s: where the doubling ends.
    """

    first_s: float = 1.0
    longest_s: float = 4.0

    def pause_s(self, failures: int) -> float:
        """Pause after so many failures in a row, at least 1."""
        doublings = min(failures - 1, 16)
        return min(self.first_s * 2.0**doublings, self.longest_s)


DEFAULT_BACK_OFF = BackOff()
