"""A new calibration of a machine from the sound that it was monitored with."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import Calibration, load_calibration, require_bundle
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.normal.left_out import left_out_seconds
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.models.bundle import Bundle, load_bundle
from asd_monitor.models.errors import InsufficientSoundError
from asd_monitor.models.timestamps import format_utc
from asd_monitor.monitor.folders import find_model
from asd_monitor.monitor.kept_calibrations import kept_calibrations
from asd_monitor.monitor.monitored_sound import alarms_not_false, comparable, monitored_sound
from asd_monitor.monitor.store.store import FILE_NAME, Store


def current_calibration(machine: str, *, data: Path) -> tuple[Bundle, Calibration]:
    """The bundle and the calibration in a machine's folder.

    Raises:
        BundleError: the machine was not trained, or its bundle is damaged.
        CalibrationError: it was not calibrated, or not for this bundle.
    """
    files = find_model(machine, data=data, bundle=None, calibration=None)
    bundle, calibration = load_bundle(files.bundle), load_calibration(files.calibration)
    require_bundle(calibration, bundle.fingerprint)
    return bundle, calibration


def recalibrate(
    store: Store,
    bundle: Bundle,
    former: Calibration,
    settings: CalibrationSettings,
    *,
    machine: str,
    data: Path,
    since: datetime,
    now: datetime,
) -> Calibration:
    """Set the thresholds of a machine anew, from what it sounded like while monitored.

    What a clip score is made of stays as it was: pooling, standardisation, levels and bands.

    Args:
        store: of the data folder.
        bundle: of the machine.
        former: the machine's calibration.
        settings: what to keep.
        machine: the machine's id.
        data: folder of machines.
        since: how far back to look; scores older than `SCORES_KEPT_WHOLE` are thinned out.
        now: the time to note.

    Raises:
        InsufficientSoundError: too little of it can be used.
        ConfigurationError: a budget beyond any use.
        CalibrationError: the scores do not vary.
    """
    clips = store.scores.clips(machine, since=since)
    normal = monitored_since(store, bundle, former, machine=machine, data=data, since=since)
    _require_some(normal, machine, since)
    made = calibrate(normal, bundle, settings, machine=machine, created_at=now)
    monitored = (
        format_utc(clips[0].at - timedelta(seconds=clips[0].duration_s)),
        format_utc(clips[-1].at),
    )
    return replace(made, off=former.off, evidence=replace(made.evidence, monitored=monitored))


def monitored_since(
    store: Store,
    bundle: Bundle,
    calibration: Calibration,
    *,
    machine: str,
    data: Path,
    since: datetime,
) -> NormalSound:
    """The normal sound that a machine was monitored with; the arguments are `recalibrate`'s."""
    kept = kept_calibrations(machine, data=data)
    return monitored_sound(
        store.scores.clips(machine, since=since),
        alarms_not_false(store, machine),
        calibration,
        names=comparable(calibration, (each.calibration for each in kept if each.calibration)),
        sample_rate_hz=bundle.features.sample_rate_hz,
        store=data / FILE_NAME,
    )


def _require_some(normal: NormalSound, machine: str, since: datetime) -> None:
    if normal.sessions:
        return
    causes = [
        f"{say_duration(s)} because {why}" for why, s in left_out_seconds(normal.left_out).items()
    ]
    raise InsufficientSoundError(
        f"The store has no sound of {machine} since {format_utc(since)} to calibrate on (left out:"
        f" {', '.join(causes) or 'nothing'}); let it listen, mark alarms that were false with"
        " asd-monitor events mark ID false-alarm, or calibrate on recordings."
    )
