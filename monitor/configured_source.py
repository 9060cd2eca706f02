"""The source that a machine's table in the configuration names."""

from functools import partial
from pathlib import Path
from typing import Protocol, Self

from asd_monitor.models.plugins import class_of_kind
from asd_monitor.monitor import sources
from asd_monitor.monitor.awaited import AwaitedSource
from asd_monitor.monitor.config import MachineConfig
from asd_monitor.monitor.source import Source


class ConfiguredSource(Source, Protocol):
    """A source as the configuration finds it: every file of `asd_monitor.monitor.sources`."""

    @classmethod
    def configured(cls, machine: MachineConfig, *, data: Path | None) -> Self:
        """Find what a machine is listened to with; see `open_source`."""
        ...

    @classmethod
    def sought(cls, machine: MachineConfig) -> str | None:
        """What is looked for where it need not be there yet; None where it has to be."""
        ...


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
    return _source(machine).configured(machine, data=data)


def await_source(machine: MachineConfig, *, data: Path | None = None) -> Source:
    """The same, but what may come later need not be there yet: it is looked for until it is.

    Args:
        machine: as configured.
        data: see `open_source`.

    Raises:
        AudioError: a recording or a watched folder cannot be read.
        ConfigurationError: the file with the address of a stream cannot be read.
    """
    name = _source(machine).sought(machine)
    if name is None:
        return open_source(machine, data=data)
    return AwaitedSource(partial(open_source, machine, data=data), name=name)


def _source(machine: MachineConfig) -> type[ConfiguredSource]:
    return class_of_kind(sources, machine.source)
