"""`asd-monitor calibrations`."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.models.errors import CalibrationError
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.cli.console import emit_json, note
from asd_monitor.monitor.cli.groups import ListingGroup
from asd_monitor.monitor.cli.options import machine_options
from asd_monitor.monitor.cli.stores import open_store
from asd_monitor.monitor.cli.tables import new_table, show
from asd_monitor.monitor.cli.targets import cannot_write
from asd_monitor.monitor.cli.verified import say_verified_by
from asd_monitor.monitor.daemon.lock import daemon_runs
from asd_monitor.monitor.folders import data_dir, machine_option
from asd_monitor.monitor.heard import Heard
from asd_monitor.monitor.kept_calibrations import (
    KeptCalibration,
    kept_calibrations,
    restore_calibration,
)
from asd_monitor.monitor.store.store import FILE_NAME


@click.group("calibrations", cls=ListingGroup)
def command() -> None:
    """List the calibrations of a machine, and go back to an older one.

    \b
    Examples:
      asd-monitor calibrations --machine pump
      asd-monitor calibrations restore 20260301T120000Z --machine pump
    """


@command.command("list")
@machine_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object per calibration and line.")
def list_command(*, machine: str, data_dir_option: Path | None, as_json: bool) -> None:
    """List them, the current one first; the usual command."""
    data = data_dir(data_dir_option)
    kept = kept_calibrations(machine, data=data)
    if not kept:
        option = machine_option(machine)
        raise CalibrationError(
            f"the machine {machine} has no calibration; make one with "
            f"asd-monitor calibrate PATH...{option}"
        )
    heard = _heard(kept, machine, data)
    if as_json:
        for each in kept:
            emit_json(_fields(each) | {"heard": msgspec.to_builtins(heard[each.name])})
    else:
        _show(kept, heard)


@command.command("restore")
@click.argument("name")
@machine_options
def restore_command(*, name: str, machine: str, data_dir_option: Path | None) -> None:
    """Make an older one current; the present one is kept by date.

    It is refused where the machine's bundle is another one than it was made for.
    """
    data = data_dir(data_dir_option)
    try:
        aside = restore_calibration(name, machine=machine, data=data, now=utc_now())
    except OSError as error:
        raise cannot_write(data, error) from error
    note(f"{name} is the calibration of {machine} now")
    if aside is not None:
        note(f"the one before is kept as {aside.stem}")
    if daemon_runs(data):
        note("the daemon that runs goes on with the one before until it is reloaded or restarted")


def _heard(kept: tuple[KeptCalibration, ...], machine: str, data: Path) -> dict[str, Heard]:
    """What listening has shown of each calibration, by its name."""
    heard = {each.name: Heard() for each in kept}
    if (data / FILE_NAME).exists():
        with open_store(data) as store:
            for each in kept:
                if each.calibration is not None:
                    heard[each.name] = store.heard.of(machine, each.calibration.created_at)
    return heard


def _show(kept: tuple[KeptCalibration, ...], heard: Mapping[str, Heard]) -> None:
    table = new_table(
        "name", "made", "bundle", "normal sound", "budget", "rule", "alarms in it", "verified"
    )
    for each in kept:
        if each.calibration is not None:
            style = "bold" if each.is_current else None
            table.add_row(*_row(each, each.calibration, heard[each.name]), style=style)
    show(table)
    for each in kept:
        if each.fault is not None:
            note(f"{each.name}: {each.fault}")


def _row(kept: KeptCalibration, calibration: Calibration, heard: Heard) -> list[str]:
    return [
        kept.name,
        f"{datetime.fromisoformat(calibration.created_at).astimezone():%Y-%m-%d %H:%M}",
        calibration.bundle[:8] + ("" if kept.fits else " (not the current one)"),
        say_duration(calibration.evidence.held_out_s),
        calibration.budget,
        calibration.rule + (" (extrapolated)" if calibration.extrapolated else ""),
        str(calibration.evidence.alarms),
        say_verified_by(heard, calibration.evidence.verified),
    ]


def _fields(kept: KeptCalibration) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": kept.name,
        "current": kept.is_current,
        "file": str(kept.path),
        "fits": kept.fits,
        "fault": kept.fault,
    }
    return fields | (_evidence(kept.calibration) if kept.calibration else {})


def _evidence(calibration: Calibration) -> dict[str, Any]:
    names = (
        "created_at", "bundle", "budget", "warning_budget", "rule", "extrapolated", "thresholds",
        "evidence",
    )  # fmt: skip
    return {name: msgspec.to_builtins(getattr(calibration, name)) for name in names}
