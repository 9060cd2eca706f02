"""Ranges of frequencies as people say them."""

from typing import Protocol

KILO = 1000.0
WIDE_HZ = 200.0
"""A range this wide is told to 0.1 kHz, a narrower one to 0.01 kHz."""


class Band(Protocol):
    """A range of frequencies that somebody has named."""

    @property
    def low_hz(self) -> float:
        """Its lower edge."""
        ...

    @property
    def high_hz(self) -> float:
        """Its upper edge."""
        ...

    @property
    def approximate(self) -> bool:
        """Whether the edges are those of an approximation."""
        ...


def say_band(band: Band) -> str:
    """A band as people say it: ``1.9-2.4 kHz``, or ``about 1.9-2.4 kHz``."""
    about = "about " if band.approximate else ""
    return about + say_hertz(band.low_hz, band.high_hz)


def say_hertz(low_hz: float, high_hz: float) -> str:
    """A range of frequencies as people say it."""
    if high_hz < KILO:
        return f"{low_hz:.0f}-{high_hz:.0f} Hz"
    digits = 1 if high_hz - low_hz >= WIDE_HZ else 2
    return f"{low_hz / KILO:.{digits}f}-{high_hz / KILO:.{digits}f} kHz"
