"""`asd-monitor check`."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
import msgspec

from asd_monitor.calibrate.calibration import load_calibration, require_bundle
from asd_monitor.models.bundle import load_bundle
from asd_monitor.models.errors import AsdMonitorError, BrokerError, DeviceError
from asd_monitor.monitor.capture.devices import list_devices
from asd_monitor.monitor.cli import edge
from asd_monitor.monitor.cli.daemon_data import find_data
from asd_monitor.monitor.cli.devices import NO_DEVICE
from asd_monitor.monitor.cli.options import config_option, machine_options
from asd_monitor.monitor.config import Config, MachineConfig, load_config, mqtt_settings
from asd_monitor.monitor.config.schema import json_schema
from asd_monitor.monitor.configured_source import open_source
from asd_monitor.monitor.folders import find_model
from asd_monitor.monitor.mqtt.connection import check_broker

Check = tuple[str, Callable[[], str]]


@click.command("check")
@config_option
@machine_options
@click.option("--schema", "only_schema", is_flag=True, help="Print the file's JSON schema instead.")
def command(
    *, config: Path | None, machine: str, data_dir_option: Path | None, only_schema: bool
) -> int:
    """Say of configuration, bundle, calibration, device and broker that it is ok, or why not.

    Without --config: of the machine's bundle and calibration, and of the sound system.

    \b
    Examples:
      asd-monitor check --config /etc/asd-monitor/asd-monitor.toml
      asd-monitor check --schema > asd-monitor.schema.json
    """
    if only_schema:
        click.echo(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2))
        return 0
    settings = load_config(config) if config else Config(machine=(MachineConfig(id=machine),))
    if config is not None:
        click.echo(f"ok      configuration {config}")
    data = find_data(data_dir_option, config=config)
    worst = 0
    for name, look in _checks(settings, data, has_config=config is not None):
        try:
            found = look()
        except AsdMonitorError as error:
            click.echo(f"NOT OK  {name}: {error}")
            worst = max(worst, edge.exit_code(error))
        else:
            click.echo(f"ok      {name}: {found}")
    return worst


def _checks(settings: Config, data: Path, *, has_config: bool) -> Iterator[Check]:
    for machine in settings.machine:
        yield f"{machine.id}: model", partial(_model, machine, data)
        if has_config:
            yield f"{machine.id}: {machine.source}", partial(_source, machine)
    if not has_config:
        yield "sound system", _sound_system
    if settings.mqtt.host is not None:
        yield "broker", partial(_broker, settings)


def _model(machine: MachineConfig, data: Path) -> str:
    files = find_model(
        machine.id, data=data, bundle=machine.bundle, calibration=machine.calibration
    )
    bundle, calibration = load_bundle(files.bundle), load_calibration(files.calibration)
    require_bundle(calibration, bundle.fingerprint)
    return (
        f"{bundle.kind} {bundle.fingerprint[:12]}, calibrated {calibration.created_at} "
        f"for {calibration.budget}"
    )


def _source(machine: MachineConfig) -> str:
    return open_source(machine).status.name


def _sound_system() -> str:
    devices = list_devices()
    if not devices:
        raise DeviceError(NO_DEVICE)
    return f"can record from {'; '.join(device.name for device in devices)}"


def _broker(settings: Config) -> str:
    mqtt = mqtt_settings(settings.mqtt, node=settings.node.name)
    if mqtt is None:
        raise BrokerError("no broker is configured")
    check_broker(mqtt)
    return f"{mqtt.address} accepts us"
