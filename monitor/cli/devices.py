"""`asd-monitor devices`."""

import dataclasses

import click
from rich.console import Console
from rich.table import Table

from asd_monitor.monitor.capture.devices import list_devices
from asd_monitor.monitor.cli.console import emit_json, note

NO_DEVICE = "no device here can record; plug a microphone in, or start the sound server"


@click.command("devices")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per device and line.")
def command(*, as_json: bool) -> None:
    """List microphones and the name to give to --device.

    An ALSA card may also be called by its number, hw:1, and any device by a part of its name.

    \b
    Example:
      asd-monitor devices
    """
    devices = list_devices()
    if as_json:
        for device in devices:
            emit_json(dataclasses.asdict(device))
        return
    if not devices:
        note(NO_DEVICE)
        return
    table = Table("--device", "channels", "rate (Hz)", "through", "default", box=None)
    for device in devices:
        table.add_row(
            device.name,
            str(device.max_input_channels),
            str(device.default_rate_hz),
            device.host_api,
            "yes" if device.is_default else "",
        )
    Console(soft_wrap=True).print(table, markup=False)
