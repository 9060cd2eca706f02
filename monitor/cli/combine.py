"""`asd-monitor combine`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from asd_monitor.models.bundle import load_bundle, save_bundle
from asd_monitor.models.combine import combine
from asd_monitor.monitor.cli.console import note
from asd_monitor.monitor.cli.next_step import place_options, suggest
from asd_monitor.monitor.cli.options import machine_options
from asd_monitor.monitor.cli.targets import cannot_write, require_writable
from asd_monitor.monitor.folders import MachineFolder, data_dir, set_aside


@click.command("combine")
@click.argument("bundles", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@machine_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the bundle here instead of into the machine's folder.",
)
def command(
    *, bundles: tuple[Path, ...], machine: str, data_dir_option: Path | None, out: Path | None
) -> None:
    """Make one bundle of several, whose detectors then judge together.

    The calibration that follows weighs them: it standardises each one's scores on the machine's
    own normal sound and takes their mean, or the highest (calibrate --combine max).

    \b
    Examples:
      asd-monitor combine seed0.safetensors seed1.safetensors --out both.safetensors
      asd-monitor combine made.safetensors gaussian.safetensors --machine pump
    """
    target = out or MachineFolder.of(machine, data=data_dir(data_dir_option)).bundle
    require_writable(target)
    combined = combine([load_bundle(path) for path in bundles])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        older = None if out else set_aside(target, now=datetime.now(UTC))
    except OSError as error:
        raise cannot_write(target, error) from error
    saved = save_bundle(combined, target)
    if older is not None:
        note(f"the bundle before is kept as {older}")
    click.echo(f"bundle       {target}")
    click.echo(f"fingerprint  {saved.fingerprint}")
    click.echo(f"detectors    {', '.join(member.detector.kind for member in saved.members)}")
    if out:
        suggest("calibrate", "NORMAL", "--bundle", out, "--out", out.with_suffix(".json"))
    else:
        suggest("calibrate", "NORMAL", *place_options(machine, data_dir_option))
