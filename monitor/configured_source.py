"""The source that a machine's table in the configuration names."""

from functools import partial
from pathlib import Path

from asd_monitor.monitor.awaited import AwaitedSource
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.folders import MachineFolder
from asd_monitor.monitor.pcm import PcmFormat
from asd_monitor.monitor.source import Source
from asd_monitor.monitor.sources.files import Files
from asd_monitor.monitor.sources.microphone import Microphone
from asd_monitor.monitor.sources.stdin import Stdin
from asd_monitor.monitor.sources.stream import Stream
from asd_monitor.monitor.sources.watch import Watch
from asd_monitor.monitor.watch_memory import WatchMemory


def open_source(machine: MachineConfig, *, data: Path | None = None) -> Source:
    """Find what a machine is listened to with.

    Args:
        machine: as configured.
        data: folder of machines and store, for what a source has to remember; None remembers
            nothing.

    Raises:
        DeviceError: there is no such microphone, or nobody answers at the address of a stream.
        AudioError: a recording or a watched folder cannot be read.
        ConfigurationError: the file with the address of a stream cannot be read.
    """
    channel = machine.channel
    match machine.source:
        case "microphone":
            return Microphone.named(_device(machine), channel=channel)
        case "files":
            return Files(machine.paths, channel=channel, real_time=machine.speed == "1")
        case "watch":
            return Watch(
                machine.paths,
                channel=channel,
                pause_s=machine.pause_s,
                memory=_memory(machine, data) if data else None,
            )
        case "stdin":
            return Stdin(
                pcm_format=PcmFormat(machine.format),
                sample_rate_hz=machine.rate_hz,
                n_channels=machine.channels,
                channel=channel,
            )
        case "stream":
            return Stream.at(machine.stream_address(), channel=channel)


def await_source(machine: MachineConfig, *, data: Path | None = None) -> Source:
    """The same, but what may come later need not be there yet: it is looked for until it is.

    Args:
        machine: as configured.
        data: see `open_source`.

    Raises:
        AudioError: a recording or a watched folder cannot be read.
        ConfigurationError: the file with the address of a stream cannot be read.
    """
    match machine.source:
        case "microphone":
            return AwaitedSource(partial(open_source, machine), name=_device(machine))
        case "stream":
            name = machine.stream_address().shown
            return AwaitedSource(partial(open_source, machine), name=name)
        case _:
            return open_source(machine, data=data)


def _memory(machine: MachineConfig, data: Path) -> WatchMemory:
    return WatchMemory(MachineFolder.of(machine.id, data=data).watched, machine.paths)


def _device(machine: MachineConfig) -> str:
    return machine.device or "default"
