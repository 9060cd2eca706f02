"""What a configuration that was read again changes. Pure."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config import Config, MachineConfig
from asd_monitor.monitor.daemon.loaded import LoadedMachine

_RELOADED: Final = frozenset({"machine", "mqtt"})


@dataclass(frozen=True, slots=True)
class Changes:
    """From one set of machines to another.

    Attributes:
        machines: what there is afterwards, in the order of the configuration; those that have not
            changed as they were.
        ended: ids of machines that are no longer listened to, or not as they were.
        begun: machines that are listened to anew.
        rejudged: machines whose sound goes on and is judged by another model.
    """

    machines: tuple[LoadedMachine, ...]
    ended: tuple[str, ...]
    begun: tuple[LoadedMachine, ...]
    rejudged: tuple[LoadedMachine, ...]

    def __str__(self) -> str:
        """What happens to which machine, in words."""
        begun = [machine.name for machine in self.begun]
        parts = {
            "no longer listened to": [name for name in self.ended if name not in begun],
            "listened to anew": begun,
            "judged by another model": [machine.name for machine in self.rejudged],
        }
        told = [f"{', '.join(names)} {what}" for what, names in parts.items() if names]
        return "; ".join(told) or "no machine has changed"


def changes_between(before: Sequence[LoadedMachine], after: Sequence[LoadedMachine]) -> Changes:
    """Compare the machines there are with those that were loaded again."""
    old = {machine.name: machine for machine in before}
    machines, begun, rejudged = [], [], []
    for machine in after:
        former = old.get(machine.name)
        if former is None or _source(former) != _source(machine):
            begun.append(machine)
        elif not _is_judged_alike(former, machine):
            rejudged.append(machine)
        else:
            machines.append(former)
            continue
        machines.append(machine)
    going_on = {machine.name for machine in machines if machine not in begun}
    return Changes(
        machines=tuple(machines),
        ended=tuple(name for name in old if name not in going_on),
        begun=tuple(begun),
        rejudged=tuple(rejudged),
    )


def require_no_restart(before: Config, after: Config) -> None:
    """See to it that nothing differs that takes a restart.

    Raises:
        ConfigurationError: something does; names the tables.
    """
    tables = [field.name for field in dataclasses.fields(Config) if field.name not in _RELOADED]
    changed = [f"[{name}]" for name in tables if getattr(before, name) != getattr(after, name)]
    if changed:
        raise ConfigurationError(
            f"{' and '.join(changed)} cannot change while the daemon runs; restart it for that"
        )
    if (before.mqtt.host is None) != (after.mqtt.host is None):
        raise ConfigurationError(
            "[mqtt] host cannot be added or taken away while the daemon runs; restart it for that"
        )


def _source(machine: LoadedMachine) -> MachineConfig:
    """What decides where the sound comes from."""
    return replace(machine.settings, bundle=None, calibration=None)


def _is_judged_alike(one: LoadedMachine, other: LoadedMachine) -> bool:
    return (
        one.bundle.fingerprint == other.bundle.fingerprint and one.calibration == other.calibration
    )
