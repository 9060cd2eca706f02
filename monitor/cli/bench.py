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
from asd_monitor.monitor.listening_cost import listening_cost
from asd_monitor.monitor.sources.microphone import Microphone
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
    help="How long to keep all cores busy, and to look at what listening takes.",
)
@click.option("--device", help="Microphone whose recording is measured, too: hw:1, a name.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    *,
    machine: str,
    data_dir_option: Path | None,
    bundle: Path | None,
    seconds: float,
    device: str | None,
    as_json: bool,
) -> None:
    """Say how many microphones this computer can listen to.

    Measures the machine's bundle; where there is none yet, the default detector untrained, which
    takes as long. Daemons of one and of many machines then listen for half a minute to sound from
    a file. N microphones on N machines need what a daemon takes by itself, and N times what a
    machine and a microphone's recording take; N times the memory of both.

    \b
    Examples:
      asd-monitor bench
      asd-monitor bench --device hw:1
      asd-monitor bench --json | jq .microphones
    """
    detector = _bundle(machine, data_dir(data_dir_option), bundle)
    if device is not None:
        Microphone.named(device, channel=None)  # must be there
    note("listening in real time, half a minute")
    listening = listening_cost(detector, seconds=seconds, device=device)
    result = benchmark(detector, listening, cores=n_cores(), seconds=seconds)
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
    recordings = (
        f"{result.stream_ms + result.machine_ms:.2f} ms of one core for each second, "
        f"{result.stream_ms:.2f} of it up to log-mel; "
        f"{result.streams:,.0f} streams of them in real time on {result.cores} cores together"
    )
    listening = result.listening
    recording = (
        "not measured, for no --device is named"
        if listening.capture_ms is None
        else f"{listening.capture_ms:.1f}"
    )
    processor = (
        f"{listening.daemon_ms:.1f} ms of one core in each second, for each machine "
        f"{listening.machine_ms:.1f}, for each microphone's recording {recording}"
    )
    memory = (
        f"{listening.daemon_mb:.0f} MB, for each machine {listening.machine_mb:.1f}, for each "
        f"microphone's recording {result.capture_mb:.1f}; {result.available_mb:,.0f} are free"
    )
    return [
        f"detector     {bundle.kind}",
        f"core         {result.gflops:.0f} GFLOP/s in single precision",
        f"windows      {windows}",
        f"recordings   {recordings}",
        f"listening    {processor}",
        f"memory       {memory}",
        f"microphones  {result.microphones} with a margin of {MARGIN}",
    ]
