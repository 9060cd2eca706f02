"""`asd-monitor calibrate`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from asd_monitor.calibrate.budget import Budget
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import Calibration, save_calibration
from asd_monitor.calibrate.collect import collect
from asd_monitor.calibrate.report import report
from asd_monitor.calibrate.rule import rules
from asd_monitor.models.bundle import load_bundle
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.pooling import parse_pooling
from asd_monitor.monitor.cli.console import emit_json, note
from asd_monitor.monitor.cli.next_step import place_options, suggest
from asd_monitor.monitor.cli.options import (
    BudgetType,
    channel_option,
    machine_options,
    recordings_argument,
)
from asd_monitor.monitor.cli.progress import progress
from asd_monitor.monitor.cli.targets import cannot_write, require_writable
from asd_monitor.monitor.folders import (
    MachineFolder,
    data_dir,
    find_bundle,
    set_aside,
)


@click.command("calibrate")
@recordings_argument
@machine_options
@click.option(
    "--bundle",
    "bundle_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Bundle to calibrate instead of the machine's; needs --out.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the calibration here instead of into the machine's folder.",
)
@click.option(
    "--budget",
    type=BudgetType(),
    default="1/week",
    show_default=True,
    help="False alarms that are bearable: 1/week, 2/day, 1/month.",
)
@click.option(
    "--warning-budget",
    type=BudgetType(),
    default="1/day",
    show_default=True,
    help="False warnings that are bearable.",
)
@click.option(
    "--rule",
    type=click.Choice(list(rules())),
    help="Threshold rule.  [default: chosen by how much sound there is]",
)
@click.option(
    "--pooling",
    help="How window scores become a clip score: mean, max, top:SHARE, quantile:SHARE.  "
    "[default: what suits the bundle]",
)
@click.option(
    "--off-below",
    "off_below_dbfs",
    type=float,
    metavar="DBFS",
    help="Level of a clip, dB relative to full scale, below which the machine is taken to be off. "
    " [default: 10 dB below the quietest normal clip]",
)
@channel_option
@click.option("--json", "as_json", is_flag=True, help="Print the calibration as one JSON object.")
def command(
    *,
    paths: tuple[Path, ...],
    machine: str,
    data_dir_option: Path | None,
    bundle_path: Path | None,
    out: Path | None,
    budget: Budget,
    warning_budget: Budget,
    rule: str | None,
    pooling: str | None,
    off_below_dbfs: float | None,
    channel: int | None,
    as_json: bool,
) -> None:
    """Set the thresholds of a machine for a budget of false alarms.

    Recordings that training has seen are left out by themselves, so that the same folder can be
    given to both.

    \b
    Examples:
      asd-monitor calibrate normal/ --budget 1/week
      asd-monitor calibrate monday/ --bundle pump.safetensors --out pump.json
    """
    if bundle_path is not None and out is None:
        raise click.UsageError(
            "--bundle needs --out: a machine's calibration is for its own bundle"
        )
    if pooling is not None:
        _check_pooling(pooling)
    data = data_dir(data_dir_option)
    target = out or MachineFolder.of(machine, data=data).calibration
    bundle = load_bundle(find_bundle(machine, data=data, bundle=bundle_path))
    require_writable(target)
    with progress("calibrating") as advance:
        normal = collect(
            paths,
            bundle,
            channel=channel,
            pooling=pooling,
            off_below_dbfs=off_below_dbfs,
            progress=advance,
        )
    for failure in normal.failures:
        note(f"left out: {failure.message}")
    settings = CalibrationSettings(budget=budget, warning_budget=warning_budget, rule=rule)
    now = datetime.now(UTC)
    calibration = calibrate(normal, bundle, settings, machine=machine, created_at=now)
    _save(calibration, target, keep_older=out is None)
    if as_json:
        emit_json(calibration)
    else:
        click.echo(report(calibration))
        click.echo(f"Calibration: {target}")
    if out is None:
        suggest("run", "--device", "DEVICE", *place_options(machine, data_dir_option))


def _check_pooling(pooling: str) -> None:
    try:
        parse_pooling(pooling)
    except ConfigurationError as error:
        raise click.BadParameter(str(error), param_hint="--pooling") from error


def _save(calibration: Calibration, target: Path, *, keep_older: bool) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        older = set_aside(target, now=datetime.now(UTC)) if keep_older else None
    except OSError as error:
        raise cannot_write(target, error) from error
    save_calibration(calibration, target)
    if older is not None:
        note(f"the calibration before is kept as {older}")
