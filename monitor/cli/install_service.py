"""`asd-monitor install-service`."""

import sys
from collections.abc import Collection
from pathlib import Path

import click

from asd_monitor.models.errors import BusyError, ConfigurationError
from asd_monitor.models.files import write_atomically
from asd_monitor.monitor.cli.console import note, tell
from asd_monitor.monitor.cli.targets import cannot_write
from asd_monitor.monitor.config import load_config
from asd_monitor.monitor.systemd_units import (
    CONFIG,
    CREDENTIALS,
    PLAIN,
    TEMPLATE,
    is_sealed,
    plain_unit,
    sealed,
    template_unit,
)

UNITS = Path("/etc/systemd/system")
# ProtectHome=yes: these are empty for the service.
_HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))


@click.command("install-service")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=CONFIG,
    show_default=True,
    help="Configuration that asd-monitor.service listens by.",
)
@click.option(
    "--print", "only_print", is_flag=True, help="Write nothing; show asd-monitor.service."
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=UNITS,
    show_default=True,
    help="Folder to write the units to.",
)
@click.option("--force", is_flag=True, help="Also write over a unit that somebody has changed.")
def command(*, config: Path, only_print: bool, folder: Path, force: bool) -> None:
    """Write the units under which systemd runs the daemon, and say what to do next.

    asd-monitor.service listens by --config; asd-monitor@NAME.service by /etc/asd-monitor/NAME.toml.
    Both give the daemon a user of its own that sees microphones, the network and its own data, and
    little else. A unit that was changed by hand is not written over.

    \b
    Examples:
      asd-monitor install-service --print
      sudo asd-monitor install-service --config /etc/asd-monitor/asd-monitor.toml
    """
    program, config = Path(sys.argv[0]).absolute(), config.absolute()
    known = [name for name in CREDENTIALS if config.with_name(name).exists()]
    units = {
        PLAIN: plain_unit(str(program), config, credentials=known),
        TEMPLATE: template_unit(str(program)),
    }
    if only_print:
        click.echo(units[PLAIN], nl=False)
        return
    for path, what in ((program, "the program"), (config, "the configuration")):
        _refuse_hidden(path, what)
    if config.exists():
        load_config(config)
    for name, unit in units.items():
        _write(folder / name, sealed(unit), force=force)
        tell(f"written  {folder / name}")
    _explain(config, known)


def _refuse_hidden(path: Path, what: str) -> None:
    hidden = next((folder for folder in _HIDDEN if path.is_relative_to(folder)), None)
    if hidden is not None:
        raise ConfigurationError(
            f"{what} {path} lies in {hidden}, which the service cannot see; put it elsewhere, "
            "such as into /opt or /etc/asd-monitor"
        )


def _write(path: Path, text: str, *, force: bool) -> None:
    try:
        if path.exists() and not force and not is_sealed(path.read_text(encoding="utf-8")):
            raise BusyError(
                f"{path} was changed by hand; put the changes into a drop-in (systemctl edit "
                f"{path.name}) and give --force"
            )
        write_atomically(path, text.encode())
    except PermissionError as error:
        raise ConfigurationError(
            f"{path} may not be written by this user; use sudo, or --print to see what it would be"
        ) from error
    except OSError as error:
        raise cannot_write(path, error) from error


def _explain(config: Path, credentials: Collection[str]) -> None:
    if not config.exists():
        note(f"There is no {config} yet; docs/configuration.md has every key.")
    for name in credentials:
        note(f"The service gets {config.with_name(name)} as the credential {name}.")
    if not credentials:
        note(f"A password of the broker goes to {config.with_name('mqtt-password')}, mode 0600;")
        note("then give this command again.")
    note("Bundle and calibration of a machine go to /var/lib/asd-monitor/machines/<id>/.")
    note("Now: systemctl daemon-reload && systemctl enable --now asd-monitor")
    note("Then: asd-monitor status --data-dir /var/lib/asd-monitor")
