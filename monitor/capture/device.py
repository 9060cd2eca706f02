"""One microphone, the names it goes by, and what to open of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from asd_monitor.models.errors import DeviceError

PULSE_PREFIX = "pulse:"
# Virtual devices of a sound server claim 32 or 128 channels; no measuring card we know has over 16.
MOST_REAL_CHANNELS = 16
_ALSA_CARD = re.compile(r"hw:\d+(?=,\d+\)$)")
_ALSA_NUMBER = re.compile(r"\s*\(hw:(\d+),(\d+)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that can record.

    Attributes:
        name: the name to give to ``--device``: PortAudio's name, or ``pulse:SOURCE`` for a source
            of the sound server.
        host_api: the sound system it belongs to, such as ``ALSA``.
        max_input_channels: channels it can record; sound servers claim more than there are.
        default_rate_hz: its own sample rate.
        is_default: whether ``default`` means this one.
        index: PortAudio's number, valid until a device comes or goes; None for a source of the
            sound server.
        port: where its card is plugged in, such as a USB port; None where that is not known.
    """

    name: str
    host_api: str
    max_input_channels: int
    default_rate_hz: int
    is_default: bool = False
    index: int | None = None
    port: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneSpec:
    """What to open, in terms that outlive a device's being unplugged and plugged in again.

    Attributes:
        device: full name of the device.
        channel: channel to listen to, counted from 0; the mean of all where None.
        n_channels: channels to open.
        sample_rate_hz: rate to open it at.
        port: where its card is plugged in; None where that is not known.
    """

    device: str
    channel: int | None
    n_channels: int
    sample_rate_hz: int
    port: str | None = None

    @property
    def pulse_source(self) -> str | None:
        """The sound server's source, where the device is one."""
        return (
            self.device.removeprefix(PULSE_PREFIX) if self.device.startswith(PULSE_PREFIX) else None
        )


def specify(
    device: Device, *, channel: int | None, sample_rate_hz: int | None = None
) -> MicrophoneSpec:
    """Decide what to open of a device.

    A card is opened with all its channels, so that each stays what it is. A virtual device, whose
    real number of channels nobody tells, is opened with two (more where ``channel`` asks for
    them), and with one where the mean is wanted, which is then the sound server's.

    Args:
        device: the device.
        channel: channel to listen to, counted from 0; the mean of all where None.
        sample_rate_hz: rate to open it at; the device's own where None.

    Raises:
        DeviceError: the device has no such channel.
    """
    if channel is not None and not 0 <= channel < device.max_input_channels:
        raise DeviceError(
            f"{device.name} has no channel {channel}; it has {device.max_input_channels}, "
            "counted from 0"
        )
    n_channels = device.max_input_channels
    if n_channels > MOST_REAL_CHANNELS:
        n_channels = 1 if channel is None else max(2, channel + 1)
    return MicrophoneSpec(
        device=device.name,
        channel=channel,
        n_channels=n_channels,
        sample_rate_hz=sample_rate_hz or device.default_rate_hz,
        port=device.port,
    )


def find_again(devices: Sequence[Device], spec: MicrophoneSpec) -> Device:
    """Find the device to open for a microphone that was found before.

    A card whose port is known is the one in that port, whatever number it has by now, and no
    other: of two microphones of one kind, one never stands in for the other.

    Raises:
        DeviceError: it is not there.
    """
    if spec.pulse_source is not None:
        return resolve(devices, "pulse")
    if spec.port is None:
        return resolve(devices, spec.device)
    name = _ALSA_CARD.sub("hw", spec.device)
    for device in devices:
        if device.port == spec.port and _ALSA_CARD.sub("hw", device.name) == name:
            return device
    raise DeviceError(
        f"{spec.device} is no longer in the port it was found in ({spec.port}); plug it in there, "
        "or restart to look for it anew"
    )


def resolve(devices: Sequence[Device], wanted: str) -> Device:
    """Find the one device that a user means.

    Args:
        devices: those there are.
        wanted: ``default``, PortAudio's number, ``hw:1`` or ``hw:1,0`` for an ALSA card,
            ``pulse:SOURCE``, a full name, or a part of one in any case. A full name whose card
            has another number by now still finds it, if there is only one of its kind.

    Raises:
        DeviceError: none matches, or more than one does; the message lists them.
    """
    for matches in _candidates(devices, wanted):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise DeviceError(
                f"{wanted!r} could be any of these devices, so name one of them in full: "
                f"{_listed(matches)}"
            )
    known = f"those there are: {_listed(devices)}" if devices else "there is none at all"
    raise DeviceError(f"there is no device {wanted!r} to record from; {known}")


def _candidates(devices: Sequence[Device], wanted: str) -> Iterator[list[Device]]:
    """The devices that match, by stricter readings of the name before looser ones."""
    if wanted == "default":
        yield [device for device in devices if device.is_default]
    elif wanted.isdecimal():
        yield [device for device in devices if device.index == int(wanted)]
    elif re.fullmatch(r"hw:\d+(,\d+)?", wanted):
        yield _on_card(devices, wanted if "," in wanted else f"{wanted},0")
        yield _on_card(devices, wanted)
    elif wanted.startswith(PULSE_PREFIX):
        yield [device for device in devices if device.name == wanted]
        yield _unlisted_pulse_source(devices, wanted)
    else:
        yield [device for device in devices if device.name == wanted]
        yield _same_card_elsewhere(devices, wanted)
        yield [device for device in devices if device.index is not None and _part(device, wanted)]
        yield [device for device in devices if _part(device, wanted)]


def _part(device: Device, wanted: str) -> bool:
    return wanted.casefold() in device.name.casefold()


def _on_card(devices: Sequence[Device], number: str) -> list[Device]:
    end = ")" if "," in number else ","
    return [device for device in devices if f"({number}{end}" in device.name]


def _same_card_elsewhere(devices: Sequence[Device], wanted: str) -> list[Device]:
    card = _ALSA_NUMBER.sub("", wanted)
    if card == wanted:
        return []
    return [device for device in devices if _ALSA_NUMBER.sub("", device.name) == card]


def _unlisted_pulse_source(devices: Sequence[Device], wanted: str) -> list[Device]:
    """A source taken at its word, where there is a sound server but nobody to list its sources."""
    if any(device.name.startswith(PULSE_PREFIX) for device in devices):
        return []
    return [replace(device, name=wanted) for device in devices if device.name == "pulse"]


def _listed(devices: Sequence[Device]) -> str:
    return "; ".join(device.name for device in devices)
