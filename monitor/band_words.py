"""Bands of frequency as people say them. Pure."""

from collections.abc import Iterable

from asd_monitor.calibrate.hertz import say_band
from asd_monitor.monitor.events import Band


def say_where(bands: Iterable[Band] | None) -> str:
    """The bands without their shares, ``1.0-1.5 kHz, 120-180 Hz``; empty where there are none."""
    return ", ".join(say_band(band) for band in bands or ())
