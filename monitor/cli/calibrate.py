"""`asd-monitor calibrate`."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click

from asd_monitor.calibrate.budget import Budget, parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.normal.collect import CollectSettings
from asd_monitor.calibrate.report.report import report
from asd_monitor.calibrate.rule import rules
from asd_monitor.calibrate.verification import say_verified
from asd_monitor.models.bundle import load_bundle
from asd_monitor.models.fusion import Combination
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.cli.calibrate_usage import require_what_goes_together
from asd_monitor.monitor.cli.calibrating import calibrate_on, save, verify_file
from asd_monitor.monitor.cli.console import emit_json, note
from asd_monitor.monitor.cli.next_step import place_options, suggest
from asd_monitor.monitor.cli.options import (
    BudgetType,
    DurationType,
    channel_option,
    is_given,
    machine_options,
)
from asd_monitor.monitor.cli.stores import open_store
from asd_monitor.monitor.daemon.lock import daemon_runs
from asd_monitor.monitor.folders import (
    MachineFolder,
    data_dir,
    find_bundle,
)
from asd_monitor.monitor.recalibration import current_calibration, recalibrate
from asd_monitor.monitor.store.score_history import SCORES_KEPT_WHOLE


@click.command("calibrate")
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--from-history",
    is_flag=True,
    help="Calibrate on what the machine sounded like while monitored, instead of recordings. What "
    "alarmed is left out, unless it was marked a false alarm.",
)
@click.option(
    "--since",
    "since_s",
    type=DurationType(),
    default="7d",
    show_default=True,
    help="With --from-history: how far back, 7d at the most.",
)
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
    help="How window scores become a clip score: mean, max, peak, top:SHARE, quantile:SHARE, "
    "ranked:RATIO, several joined by +, or auto: what suits the machine, by its normal sound.  "
    "[default: auto of an ensemble, mean of a detector alone]",
)
@click.option(
    "--combine",
    "combination",
    type=click.Choice([str(each) for each in Combination]),
    default=str(Combination.MEAN),
    show_default=True,
    help="How the standardised scores of several members or poolings become one.",
)
@click.option(
    "--cohort",
    "nearest",
    type=click.IntRange(min=2),
    metavar="N",
    help="Judge each clip beside the N normal clips that sound most like it, for machines whose "
    "normal sound is of several kinds.  [default: beside all]",
)
@click.option(
    "--off-below",
    "off_below_dbfs",
    type=float,
    metavar="DBFS",
    help="Level of a clip, dB relative to full scale, below which the machine is taken to be off. "
    " [default: 10 dB below the quietest normal clip]",
)
@click.option(
    "--report",
    "report_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write what it rests on as a page with pictures, calibration.html, into this folder.",
)
@click.option(
    "--keep-all",
    is_flag=True,
    help="Use recordings that sound unlike the rest, too.  [default: leave out up to 5%]",
)
@click.option(
    "--verify",
    "verifies",
    is_flag=True,
    help="Set no thresholds; count the alarms that those there are open on these recordings.",
)
@channel_option
@click.option("--json", "as_json", is_flag=True, help="Print the calibration as one JSON object.")
@click.pass_context
def command(
    context: click.Context,
    *,
    paths: tuple[Path, ...],
    from_history: bool,
    since_s: float,
    machine: str,
    data_dir_option: Path | None,
    bundle_path: Path | None,
    out: Path | None,
    budget: Budget,
    warning_budget: Budget,
    rule: str | None,
    pooling: str | None,
    nearest: int | None,
    off_below_dbfs: float | None,
    combination: str,
    report_folder: Path | None,
    keep_all: bool,
    verifies: bool,
    channel: int | None,
    as_json: bool,
) -> None:
    """Set the thresholds of a machine for a budget of false alarms, or verify them.

    Recordings that training has seen are left out by themselves, so that the same folder can be
    given to both. With --verify, those that set the thresholds are left out as well; what the rest
    shows is added to the calibration.

    With --from-history the budgets are those of the former calibration, unless given.

    \b
    Examples:
      asd-monitor calibrate normal/ --budget 1/week
      asd-monitor calibrate monday/ --bundle pump.safetensors --out pump.json
      asd-monitor calibrate normal/ --report report/
      asd-monitor calibrate --verify tuesday/
      asd-monitor calibrate --from-history --since 7d --machine pump
    """
    require_what_goes_together(context)
    data = data_dir(data_dir_option)
    target = out or MachineFolder.of(machine, data=data).calibration
    settings = CalibrationSettings(budget=budget, warning_budget=warning_budget, rule=rule)
    if from_history:
        calibration = _from_history(machine, settings, data=data, since_s=since_s)
        save(calibration, target, keep_older=out is None)
    elif verifies:
        bundle = load_bundle(find_bundle(machine, data=data, bundle=bundle_path))
        calibration = verify_file(target, bundle, paths, channel=channel)
    else:
        calibration = calibrate_on(
            paths,
            find_bundle(machine, data=data, bundle=bundle_path),
            settings,
            CollectSettings(
                channel=channel,
                pooling=pooling,
                combination=Combination(combination),
                off_below_dbfs=off_below_dbfs,
                keep_all=keep_all,
                nearest=nearest,
            ),
            machine=machine,
            target=target,
            keep_older=out is None,
            page=report_folder / "calibration.html" if report_folder else None,
        )
    _tell(calibration, target, verifies=verifies, as_json=as_json)
    if out is None:
        _say_what_follows(machine, data, data_dir_option, verifies=verifies)


def _tell(calibration: Calibration, target: Path, *, verifies: bool, as_json: bool) -> None:
    if as_json:
        emit_json(calibration)
        return
    click.echo(say_verified(calibration) if verifies else report(calibration))
    click.echo(f"Calibration: {target}")


def _say_what_follows(
    machine: str, data: Path, data_dir_option: Path | None, *, verifies: bool
) -> None:
    if verifies:
        return
    if daemon_runs(data):
        note("the daemon that runs goes on with the one before until it is reloaded or restarted")
    else:
        suggest("run", "--device", "DEVICE", *place_options(machine, data_dir_option))


def _from_history(
    machine: str,
    settings: CalibrationSettings,
    *,
    data: Path,
    since_s: float,
) -> Calibration:
    bundle, former = current_calibration(machine, data=data)
    if not is_given("budget"):
        settings = replace(settings, budget=parse_budget(former.budget))
    if not is_given("warning_budget"):
        settings = replace(settings, warning_budget=parse_budget(former.warning_budget))
    now = utc_now()
    kept = SCORES_KEPT_WHOLE
    if timedelta(seconds=since_s) > kept:
        note(f"of scores older than {kept.days} days one a minute is left; they are not used")
    since = now - min(timedelta(seconds=since_s), kept)
    with open_store(data) as store:
        return recalibrate(
            store, bundle, former, settings, machine=machine, data=data, since=since, now=now
        )
