"""Versions of asd-monitor and of what it listens with, without importing any of it."""

import platform
from importlib.metadata import version

_LIBRARIES = ("numpy", "scipy", "soundfile", "soxr", "sounddevice", "paho-mqtt")


def own() -> str:
    """The version of asd-monitor."""
    return version("asd-monitor")


def of_libraries() -> dict[str, str]:
    """Python and the libraries that decide what is heard and said."""
    return {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}
