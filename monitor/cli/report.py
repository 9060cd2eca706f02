"""`asd-monitor report`."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from asd_monitor.calibrate.calibration import Calibration, load_calibration
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.files import write_atomically
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.cli.console import note
from asd_monitor.monitor.cli.daemon_data import daemon_data_options
from asd_monitor.monitor.cli.events import since_option
from asd_monitor.monitor.cli.options import MachineType
from asd_monitor.monitor.cli.report_page import Reported, report_page
from asd_monitor.monitor.cli.stores import open_store
from asd_monitor.monitor.cli.targets import cannot_write, require_writable
from asd_monitor.monitor.folders import MachineFolder


@click.command("report")
@click.argument("machine", type=MachineType())
@since_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The page to write, such as report.html.",
)
@daemon_data_options
def command(*, machine: str, since_s: float, out: Path, data: Path) -> None:
    """Write one HTML page about a machine: scores, events with picture and sound, uptime.

    The page needs no other file and no network, so that it can be sent on. Sounds and pictures of
    the newest events are in it, up to 40 MB together.

    \b
    Example:
      asd-monitor report pump --since 30d --out report.html
    """
    require_writable(out)
    now = utc_now()
    reported = read_reported(data, machine, since=now - timedelta(seconds=since_s), now=now)
    page = report_page(reported).encode()
    try:
        write_atomically(out, page)
    except OSError as error:
        raise cannot_write(out, error) from error
    note(f"wrote {out} ({len(page) / 1e6:.1f} MB)")


def read_reported(data: Path, machine: str, *, since: datetime, now: datetime) -> Reported:
    """Read what a report says.

    Raises:
        ConfigurationError: there is no store, or nothing in it of this machine.
        CalibrationError: the machine's calibration cannot be read.
    """
    with open_store(data) as store:
        clips = store.scores.clips(machine, since=since)
        events = store.events(machine=machine, since=since)
        if not clips and not events:
            raise ConfigurationError(
                f"Nothing is remembered of the machine {machine} in that time; see asd-monitor "
                "status for the machines there are, or give a longer --since."
            )
        state = store.status.read().states.get(machine)
        oldest = [clip.at for clip in clips[:1]] + [event.detected_at for event in events[:1]]
        return Reported(
            machine=machine,
            since=max(since, min(oldest) - timedelta(minutes=1)),
            now=now,
            clips=clips,
            events=events,
            marks=store.marks.all(),
            calibration=_calibration(data, machine),
            drift=state.drift if state else None,
            evidence=data / "evidence",
        )


def _calibration(data: Path, machine: str) -> Calibration | None:
    path = MachineFolder.of(machine, data=data).calibration
    return load_calibration(path) if path.exists() else None
