"""`asd-monitor bench`."""

from pathlib import Path

import click
import msgspec

from asd_monitor.models.bundle import Bundle, load_bundle
from asd_monitor.models.cores import n_cores
from asd_monitor.monitor.bench import MARGIN, Benchmark, benchmark
from asd_monitor.monitor.cli.console import emit_json, note, tell
from asd_monitor.monitor.cli.options import machine_options
from asd_monitor.monitor.folders import MachineFolder, data_dir
from asd_monitor.monitor.untrained import untrained_bundle


@click.command("bench")
@machine_options
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Bundle to use instead of the machine's.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    help="How long to keep all cores busy.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    *,
    machine: str,
    data_dir_option: Path | None,
    bundle: Path | None,
    seconds: float,
    as_json: bool,
) -> None:
    """Say how many microphones this computer can listen to.

    Measures the machine's bundle; where there is none yet, the default detector untrained, which
    takes as long. N microphones need N times stream and machine of one core together, and as many
    times the memory of machine and capture.

    \b
    Examples:
      asd-monitor bench
      asd-monitor bench --json | jq .microphones
    """
    detector = _bundle(machine, data_dir(data_dir_option), bundle)
    result = benchmark(detector, cores=n_cores(), seconds=seconds)
    if as_json:
        emit_json(msgspec.to_builtins(result))
    else:
        for line in _lines(result, detector):
            tell(line)


def _bundle(machine: str, data: Path, bundle: Path | None) -> Bundle:
    trained = MachineFolder.of(machine, data=data).bundle
    if bundle is not None or trained.exists():
        return load_bundle(bundle or trained)
    note(f"there is no bundle in {trained.parent}; measuring the default detector untrained")
    return untrained_bundle()


def _lines(result: Benchmark, bundle: Bundle) -> list[str]:
    windows = (
        f"{result.windows_per_s:,.0f}/s on one core, "
        f"{result.share_of_limit:.2f} of what its matrix products allow"
        if result.windows_per_s
        else "judged as whole clips only"
    )
    microphone = (
        f"{result.stream_ms + result.machine_ms:.2f} ms of one core for each second: "
        f"{result.stream_ms:.2f} for the stream, {result.machine_ms:.2f} for the machine"
    )
    memory = (
        f"{result.process_mb:.0f} MB, and for each microphone {result.machine_mb:.1f} here and "
        f"{result.capture_mb:.1f} in its capture process; {result.available_mb:,.0f} are free"
    )
    return [
        f"detector     {bundle.kind}",
        f"core         {result.gflops:.0f} GFLOP/s in single precision",
        f"windows      {windows}",
        f"microphone   {microphone}",
        f"memory       {memory}",
        f"streams      {result.streams:.0f} in real time, on {result.cores} cores together",
        f"microphones  {result.microphones} with a margin of {MARGIN}",
    ]
