"""Which microphones there are. The list is made by a child process, which alone loads PortAudio."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import msgspec

from asd_monitor.models.errors import DeviceError
from asd_monitor.monitor.capture.device import PULSE_PREFIX, Device, resolve

__all__ = ["Device", "list_devices", "resolve"]

LISTING_S = 15.0
CHILD_COMMAND = (sys.executable, "-m", "asd_monitor.monitor.capture.child")
_PULSE_FORMAT = re.compile(r"\S+ (\d+)ch (\d+)Hz")


def list_devices() -> list[Device]:
    """Ask PortAudio, and the sound server where there is one, what can record.

    Sources of a PulseAudio or PipeWire server are listed where ``pactl`` is installed; without it
    they can still be opened by name.

    Raises:
        DeviceError: PortAudio is missing or the sound system does not answer.
    """
    devices = msgspec.json.decode(_answer([*CHILD_COMMAND, "--list"]), type=list[Device])
    # Only a server that is running lets ALSA's "pulse" be seen; pactl would start one.
    pactl = shutil.which("pactl") if any(device.name == "pulse" for device in devices) else None
    if pactl is None:
        return devices
    sources = _answer([pactl, "list", "short", "sources"]).decode()
    return [*devices, *pulse_sources(sources)]


def pulse_sources(listing: str) -> Iterator[Device]:
    """Read what ``pactl list short sources`` prints: number, name, module, format, state."""
    for line in listing.splitlines():
        _, name, _, audio_format, *_ = line.split("\t")
        if match := _PULSE_FORMAT.fullmatch(audio_format):
            yield Device(
                name=PULSE_PREFIX + name,
                host_api="PulseAudio",
                max_input_channels=int(match[1]),
                default_rate_hz=int(match[2]),
            )


def _answer(command: list[str]) -> bytes:
    try:
        result = subprocess.run(  # noqa: S603 - our own child, or the pactl found on the path
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LISTING_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DeviceError(
            f"the sound system did not list its devices within {LISTING_S:.0f} s; "
            "restart the sound server and try again"
        ) from error
    if result.returncode != 0:
        lines = result.stderr.decode(errors="replace").splitlines() or ["no reason given"]
        raise DeviceError(f"the sound system did not list its devices: {lines[-1]}")
    return result.stdout
