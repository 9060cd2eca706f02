"""What `asd-monitor calibrate` does with recordings: set thresholds, or verify them."""

from collections.abc import Sequence
from pathlib import Path

from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import Calibration, load_calibration, save_calibration
from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.normal.collect import CollectSettings, collect
from asd_monitor.calibrate.normal.left_out import left_out_seconds
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.report.page import require_report_packages, write_report
from asd_monitor.calibrate.verification import observe, verify
from asd_monitor.models.bundle import Bundle, load_bundle
from asd_monitor.models.siblings import load_siblings
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.cli.console import note
from asd_monitor.monitor.cli.progress import progress
from asd_monitor.monitor.cli.targets import cannot_write, require_writable
from asd_monitor.monitor.folders import set_aside


def calibrate_on(
    paths: Sequence[Path],
    bundle_path: Path,
    settings: CalibrationSettings,
    taken: CollectSettings,
    *,
    machine: str,
    target: Path,
    keep_older: bool,
    page: Path | None,
) -> Calibration:
    """Set thresholds on recordings, write the calibration and, if asked for, its page.

    Raises:
        AsdMonitorError: see `asd_monitor.calibrate.normal.collect.collect` and
            `asd_monitor.calibrate.calibrate.calibrate`; or a file cannot be written.
    """
    require_writable(target)
    if page is not None:
        require_report_packages()
        require_writable(page)
    bundle = load_bundle(bundle_path)
    normal = _collect(paths, bundle, taken, load_siblings(bundle, bundle_path))
    calibration = calibrate(normal, bundle, settings, machine=machine, created_at=utc_now())
    save(calibration, target, keep_older=keep_older)
    if page is not None:
        try:
            write_report(calibration, normal, page)
        except OSError as error:
            raise cannot_write(page, error) from error
        note(f"report: {page}")
    return calibration


def verify_file(
    target: Path, bundle: Bundle, paths: Sequence[Path], *, channel: int | None
) -> Calibration:
    """Verify the calibration of a file on recordings, and write it in its place.

    Raises:
        AsdMonitorError: see `asd_monitor.calibrate.verification.observe`; or the file cannot be
            read or written.
    """
    calibration = load_calibration(target)
    require_writable(target)
    with progress("verifying") as advance:
        seen = observe(paths, bundle, calibration, channel=channel, progress=advance)
    for failure in seen.failures:
        note(f"left out: {failure.message}")
    for reason, seconds in left_out_seconds(seen.left_out).items():
        note(f"left out: {say_duration(seconds)}, because {reason}")
    verified = verify(calibration, seen, at=utc_now())
    save_calibration(verified, target)
    return verified


def save(calibration: Calibration, target: Path, *, keep_older: bool) -> None:
    """Write a calibration; the one before is set aside by date where that is asked for.

    Raises:
        ConfigurationError: the folder cannot be written to.
        CalibrationError: the file cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        older = set_aside(target, now=utc_now()) if keep_older else None
    except OSError as error:
        raise cannot_write(target, error) from error
    save_calibration(calibration, target)
    if older is not None:
        note(f"the calibration before is kept as {older}")


def _collect(
    paths: Sequence[Path], bundle: Bundle, taken: CollectSettings, siblings: Sequence[Bundle]
) -> NormalSound:
    with progress("calibrating") as advance:
        normal = collect(paths, bundle, taken, siblings=siblings, progress=advance)
    for failure in normal.failures:
        note(f"left out: {failure.message}")
    return normal
