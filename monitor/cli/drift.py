"""`asd-monitor drift`."""

from datetime import datetime, timedelta
from pathlib import Path

import click
import msgspec

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.drift import FALSE_ALARM_RATE, Drift
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.aged import AlarmRate, alarm_rate, drift_of
from asd_monitor.monitor.cli.console import emit_json, tell
from asd_monitor.monitor.cli.options import DurationType, MachineType, data_option
from asd_monitor.monitor.cli.stores import open_store
from asd_monitor.monitor.folders import DEFAULT_MACHINE, data_dir
from asd_monitor.monitor.recalibration import current_calibration, monitored_since
from asd_monitor.monitor.store.marks import Opinion
from asd_monitor.monitor.store.score_history import SCORES_KEPT_WHOLE
from asd_monitor.monitor.store.store import Store


@click.command("drift")
@click.argument("machine", type=MachineType(), default=DEFAULT_MACHINE)
@click.option(
    "--since",
    "since_s",
    type=DurationType(),
    default="1d",
    show_default=True,
    help="How far back to look for a drift, 7d at the most.",
)
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, machine: str, since_s: float, data_dir_option: Path | None, as_json: bool) -> None:
    """Say whether a machine still sounds as it was calibrated.

    Compares the scores of its normal sound with those of the calibration, and the alarms of the
    last seven days, but for those marked true, with the budget.

    \b
    Examples:
      asd-monitor drift
      asd-monitor drift pump --since 2d --json
    """
    data = data_dir(data_dir_option)
    bundle, calibration = current_calibration(machine, data=data)
    now = utc_now()
    since = now - min(timedelta(seconds=since_s), SCORES_KEPT_WHOLE)
    with open_store(data) as store:
        sound = monitored_since(store, bundle, calibration, machine=machine, data=data, since=since)
        drift = drift_of(sound.sessions, calibration)
        rate = _alarm_rate(store, calibration, machine=machine, since=now - SCORES_KEPT_WHOLE)
    if as_json:
        fields = msgspec.to_builtins(drift) | {"is_drift": drift.is_drift} if drift else None
        emit_json({"machine": machine, "drift": fields, "alarms": msgspec.to_builtins(rate)})
    else:
        tell(f"{machine}: {_in_words(drift, seconds=sound.seconds)}")
        tell(_rate_in_words(rate, calibration))


def _alarm_rate(
    store: Store, calibration: Calibration, *, machine: str, since: datetime
) -> AlarmRate:
    clips = store.scores.clips(machine, since=since)
    judged_s = calibration.hop_s * sum(clip.severity is not Severity.UNKNOWN for clip in clips)
    marks = store.marks.all()
    true = {id_ for id_, mark in marks.items() if mark.opinion is Opinion.TRUE_ALARM}
    alarms = [
        event
        for event in store.events(machine=machine, since=since)
        if event.severity is Severity.CRITICAL and event.event_id not in true
    ]
    return alarm_rate(calibration, alarms=len(alarms), judged_s=judged_s)


def _in_words(drift: Drift | None, *, seconds: float) -> str:
    if drift is None:
        return f"too little normal sound to say ({say_duration(seconds)}), or in the calibration."
    said = "a drift" if drift.is_drift else "no drift"
    return (
        f"{said}: {say_duration(seconds)} of normal sound ({drift.n_clips} clips, worth"
        f" {drift.n_independent:.0f} independent ones) score {drift.distance:+.2f} standard"
        f" deviations from the calibrated (p = {drift.p_value:.2g}; an unchanged machine is called"
        f" drifting once in {1 / FALSE_ALARM_RATE:.0f} looks)."
    )


def _rate_in_words(rate: AlarmRate, calibration: Calibration) -> str:
    if rate.low_per_week is None or rate.high_per_week is None:
        return f"Alarms: nothing was judged in the last 7 days; the budget is {calibration.budget}."
    within = rate.low_per_week <= rate.budget_per_week
    return (
        f"Alarms not marked true: {rate.alarms} in {say_duration(rate.judged_s)}, which is"
        f" {rate.low_per_week:.2g} to {rate.high_per_week:.2g} a week at 95 %; the budget,"
        f" {calibration.budget}, is {'not contradicted' if within else 'exceeded'}."
    )
