"""`asd-monitor forget`."""

import shutil
import sys
from pathlib import Path

import click

from asd_monitor.models.errors import BusyError, ConfigurationError
from asd_monitor.monitor.cli.brokers import config_with_broker
from asd_monitor.monitor.cli.console import note
from asd_monitor.monitor.cli.options import BrokerType, MachineType, config_option, data_option
from asd_monitor.monitor.cli.stores import open_store
from asd_monitor.monitor.cli.targets import cannot_write
from asd_monitor.monitor.config import mqtt_settings
from asd_monitor.monitor.daemon.lock import daemon_runs
from asd_monitor.monitor.folders import MachineFolder, data_dir
from asd_monitor.monitor.messages import Topics
from asd_monitor.monitor.mqtt.retained import clear_retained
from asd_monitor.monitor.store.store import FILE_NAME


@click.command("forget")
@click.argument("machine", type=MachineType())
@click.option("--mqtt", type=BrokerType(), help="Broker that keeps its messages: HOST[:PORT].")
@config_option
@data_option
@click.option("--data", "with_data", is_flag=True, help="Also delete its folder and its events.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
def command(
    *,
    machine: str,
    mqtt: tuple[str, int] | None,
    config: Path | None,
    data_dir_option: Path | None,
    with_data: bool,
    is_sure: bool,
) -> None:
    """Remove what a broker keeps of a machine that is gone.

    Brokers and Home Assistant show a machine's last state for ever otherwise. Its folder, events
    and scores stay unless --data is given; evidence stays in any case.

    \b
    Examples:
      asd-monitor forget pump --config /etc/asd-monitor/asd-monitor.toml
      asd-monitor forget pump --mqtt localhost:1883 --data
    """
    settings = config_with_broker(mqtt, config)
    data = data_dir(data_dir_option or settings.node.data_dir)
    broker = mqtt_settings(settings.mqtt, node=settings.node.name)
    if broker is None:
        raise ConfigurationError(f"{config} names no broker; give --mqtt HOST[:PORT]")
    _refuse_while_listened_to(machine, data)
    _ask(machine, broker.address, data=data if with_data else None, is_sure=is_sure)
    clear_retained(broker, Topics(broker.node).retained(machine))
    note(f"{broker.address} keeps nothing of {machine} on {broker.node} any more")
    if with_data:
        _delete(machine, data)
        note(f"{data} has nothing of {machine} any more")


def _refuse_while_listened_to(machine: str, data: Path) -> None:
    """See to it that nobody says it all again in half a minute.

    Raises:
        BusyError: a daemon listens to the machine.
    """
    if not daemon_runs(data):
        return
    with open_store(data) as store:
        daemon = store.status.read().daemon
    if daemon is not None and machine in daemon.machines:
        raise BusyError(
            f"The daemon (process {daemon.pid}) listens to {machine} and would publish it again; "
            "take it out of the configuration and restart the daemon first."
        )


def _ask(machine: str, broker: str, *, data: Path | None, is_sure: bool) -> None:
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is at the terminal to be asked; give --yes")
    more = f", and delete its folder, events and scores in {data}" if data else ""
    click.confirm(f"Remove what {broker} keeps of {machine}{more}?", abort=True, err=True)


def _delete(machine: str, data: Path) -> None:
    if (data / FILE_NAME).exists():
        with open_store(data) as store:
            store.forget_machine(machine)
    folder = MachineFolder.of(machine, data=data).path
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
