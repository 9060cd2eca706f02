"""Scales and ticks of a drawing. Pure."""

import math
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values to pixels, linearly.

    Attributes:
        low: value at `from_px`.
        high: value at `to_px`; above ``low``.
        from_px: may lie beyond ``to_px``, as on an axis that points upward.
        to_px: the other end.
    """

    low: float
    high: float
    from_px: float
    to_px: float

    def at(self, value: float) -> float:
        """The pixel of a value; values beyond the ends are drawn at the ends."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.from_px + share * (self.to_px - self.from_px)

    def ticks(self, *, about: int) -> tuple[float, ...]:
        """Round values within the scale, about so many."""
        rough = (self.high - self.low) / about
        magnitude = 10.0 ** math.floor(math.log10(rough))
        step = next(each * magnitude for each in _STEPS if each * magnitude >= rough * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return tuple(round(index * step, 12) for index in range(first, last + 1))
