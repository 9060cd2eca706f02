"""`asd-monitor record`."""

from pathlib import Path

import click

from asd_monitor.monitor.cli.console import stop_on_interrupt
from asd_monitor.monitor.cli.logs import start_logging
from asd_monitor.monitor.cli.next_step import suggest
from asd_monitor.monitor.cli.options import DurationType, channel_option
from asd_monitor.monitor.cli.progress import progress
from asd_monitor.monitor.cli.targets import cannot_write, require_writable
from asd_monitor.monitor.recorder import RecordingProgress, record
from asd_monitor.monitor.sources.microphone import Microphone


@click.command("record")
@click.option("--device", required=True, help="Microphone; see: asd-monitor devices.")
@channel_option
@click.option("--duration", type=DurationType(), required=True, help="How long: 90s, 30m, 1.5h.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the clips.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["flac", "wav"]),
    default="flac",
    show_default=True,
    help="File format of the clips.",
)
def command(
    *, device: str, channel: int | None, duration: float, out: Path, file_format: str
) -> None:
    """Record normal sound in clips of 10 s, with the level shown.

    Let the machine run as it normally does, in all its normal states. Ctrl-C ends early and keeps
    what was heard.

    \b
    Example:
      asd-monitor record --device hw:1 --duration 1h --out normal/
    """
    start_logging()
    microphone = Microphone.named(device, channel=channel)
    require_writable(out / "clip")
    with stop_on_interrupt() as stop:
        with progress("recording") as advance:

            def show(heard: RecordingProgress) -> None:
                level = "no sound" if heard.level_dbfs is None else f"{heard.level_dbfs:.0f} dBFS"
                advance(heard.recorded_s / duration, level)

            try:
                summary = record(
                    microphone,
                    out,
                    duration_s=duration,
                    stop=stop,
                    suffix=f".{file_format}",
                    on_progress=show,
                )
            except OSError as error:
                raise cannot_write(out, error) from error
        gaps = "" if summary.sessions <= 1 else f", {summary.sessions - 1} gaps"
        click.echo(f"{len(summary.files)} clips, {summary.recorded_s:.0f} s{gaps}, in {out}")
        suggest("train", out)
