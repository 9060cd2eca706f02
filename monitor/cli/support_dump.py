"""`asd-monitor support-dump`."""

import io
import zipfile
from pathlib import Path

import click

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.files import write_atomically
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.cli.console import note, tell
from asd_monitor.monitor.cli.daemon_data import find_data
from asd_monitor.monitor.cli.options import config_option, data_option
from asd_monitor.monitor.cli.targets import cannot_write, require_writable
from asd_monitor.monitor.config import Config, load_config
from asd_monitor.monitor.folders import data_dir
from asd_monitor.monitor.support import Subject, gather
from asd_monitor.monitor.systemd_units import PLAIN


@click.command("support-dump")
@config_option
@data_option
@click.option(
    "--unit", default=PLAIN, show_default=True, help="Service whose last log lines are added."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write.  [default: asd-monitor-support-DATE.zip]",
)
def command(
    *, config: Path | None, data_dir_option: Path | None, unit: str, out: Path | None
) -> None:
    """Gather what somebody who is to help needs to see: plain texts in a zip file.

    Versions, configuration, status, last events, calibrations, microphones, room on the disk, and
    the log. Never sound, and never a secret: what may be one is left out, and what is known to be
    one is struck out of every text. It works whether or not the daemon runs.

    \b
    Examples:
      asd-monitor support-dump
      sudo asd-monitor support-dump --config /etc/asd-monitor/asd-monitor.toml --out support.zip
    """
    target = out or Path(f"asd-monitor-support-{utc_now():%Y%m%dT%H%M%SZ}.zip")
    require_writable(target)
    settings, data = _look(config, data_dir_option)
    texts = gather(Subject(config=settings, data=data, unit=unit))
    try:
        write_atomically(target, _zipped(texts))
    except OSError as error:
        raise cannot_write(target, error) from error
    for name in texts:
        note(f"  {name}")
    tell(str(target))


def _look(config: Path | None, option: Path | None) -> tuple[Config | None, Path]:
    """The configuration and its data folder; help is needed most where it cannot be used."""
    try:
        return (load_config(config) if config else None), find_data(option, config=config)
    except ConfigurationError:
        return None, data_dir(option)


def _zipped(texts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return file.getvalue()
