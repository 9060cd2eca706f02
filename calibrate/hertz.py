"""Ranges of frequencies as people say them."""

KILO = 1000.0
WIDE_HZ = 200.0
"""A range this wide is told to 0.1 kHz, a narrower one to 0.01 kHz."""


def say_hertz(low_hz: float, high_hz: float) -> str:
    """A range of frequencies as people say it."""
    if high_hz < KILO:
        return f"{low_hz:.0f}-{high_hz:.0f} Hz"
    digits = 1 if high_hz - low_hz >= WIDE_HZ else 2
    return f"{low_hz / KILO:.{digits}f}-{high_hz / KILO:.{digits}f} kHz"
