"""What listening to one microphone costs, hour after hour: daemon, capture process, their helpers.

    .venv/bin/python -m benchmarks.steady [--seconds 60]

Prints a section of `docs/performance.md`. A private sound server plays into a null sink, whose
monitor `asd-monitor run` listens to; start-up is over before the clock starts, but counts in the
daemon's memory. The textbook is timed in this process afterwards. Skipped, with a line, where there
is no PulseAudio.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from asd_monitor.monitor.store.store import FILE_NAME, Store
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from asd_monitor.monitor.vitals.processor import children
from benchmarks.model import train
from benchmarks.reference import hop_log_mel
from benchmarks.scoring import FEATURES, SECOND, network
from benchmarks.targets import at_most
from benchmarks.timing import in_turn
from tests.support.command_line import running
from tests.support.daemons import wait_until
from tests.support.pulse import NullSinkServer, what_is_missing

MACHINE = "machine"
SETTLING_S = 40.0
STOPPING_S = 20.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Use:
    """What a process takes: shares of one core, and memory."""

    share: float
    of_it_kernel: float
    memory_mb: float


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    print("## One microphone, after start-up\n")
    if missing := what_is_missing():
        print(f"Not measured: {missing}.\n")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        used = _used(Path(scratch), arguments.seconds)
    together = [(use.share, use.of_it_kernel, use.memory_mb) for use in used.values()]
    whole = Use(*np.sum(together, axis=0))
    print("| process | of one core | of it the kernel | memory, MB |")
    print("| --- | --- | --- | --- |")
    for what, use in (*used.items(), ("all", whole)):
        print(f"| {what} | {use.share:.2%} | {use.of_it_kernel:.2%} | {use.memory_mb:.0f} |")
    print(
        "\nMemory is what was resident of the daemon at its largest, and of the capture process "
        "what it shares with nobody: a page counts once.\n"
    )
    print(at_most("per cent of a core for a microphone", 1, 100 * whole.share))
    print(at_most("daemon and capture process, MB", 120, whole.memory_mb, digits=0))
    textbook = _textbook_share()
    print("\n| for comparison | of one core | times all of ours |")
    print("| --- | --- | --- |")
    print(
        "| the textbook's scoring alone: librosa for each hop, its network for each second "
        f"| {textbook:.2%} | {textbook / whole.share:.1f} |\n"
    )
    return 0


def _textbook_share() -> float:
    """Processor time of the textbook for a second of sound, over that second."""
    torch.set_num_threads(1)
    textbook = network("idnn").textbook
    windows = torch.randn(SECOND, FEATURES.n_frames, FEATURES.n_mels)
    n_hops = 3
    n_samples = FEATURES.n_fft + (n_hops - 1) * FEATURES.hop_length
    sound = normal_sound(n_samples / SAMPLE_RATE_HZ, seed=7)
    with torch.no_grad():
        timed = in_turn(
            {
                "hops": lambda: hop_log_mel(sound, FEATURES),
                "windows": lambda: textbook(windows),
            }
        )
    a_hop_s = timed["hops"].median_s / n_hops + timed["windows"].median_s / SECOND
    return a_hop_s * FEATURES.sample_rate_hz / FEATURES.hop_length


def _used(folder: Path, seconds: float) -> dict[str, Use]:
    """What each process takes."""
    options = ("--data-dir", train(folder))
    with NullSinkServer(folder / "pulse", sample_rate_hz=SAMPLE_RATE_HZ) as server:
        os.environ.update(server.environment)
        sound = normal_sound(SETTLING_S + seconds + STOPPING_S, seed=6)
        server.start_playing(sound, sample_rate_hz=SAMPLE_RATE_HZ)
        with running("run", "--device", server.device(), *options) as daemon:
            wait_until(partial(_has_scored, folder), timeout_s=SETTLING_S)
            (capture,) = children(daemon.pid, of="asd_monitor.monitor.capture.child")
            processes = {"daemon": daemon.pid, "capture process": capture}
            before = {what: _used_s(pid) for what, pid in processes.items()}
            begun_s = time.monotonic()
            _let_run(daemon, seconds)
            elapsed_s = time.monotonic() - begun_s
            after = {what: _used_s(pid) for what, pid in processes.items()}
            memory_mb = {
                "daemon": _mb(Path(f"/proc/{daemon.pid}/status"), "VmHWM:"),
                "capture process": _mb(Path(f"/proc/{capture}/smaps_rollup"), "Private_"),
            }
            daemon.send_signal(signal.SIGTERM)
            daemon.communicate(timeout=STOPPING_S)
    return {
        what: Use(
            (sum(after[what]) - sum(before[what])) / elapsed_s,
            (after[what][1] - before[what][1]) / elapsed_s,
            memory_mb[what],
        )
        for what in processes
    }


def _has_scored(folder: Path) -> bool:
    """Whether the daemon has judged a clip: all that is done once is done."""
    path = folder / "data" / FILE_NAME
    if not path.exists():
        return False
    with Store(path, must_exist=True) as store:
        return store.scores.newest(MACHINE) is not None


def _let_run(daemon: "subprocess.Popen[str]", seconds: float) -> None:
    """Leave it alone for a while; an early end is no result."""
    try:
        _, said = daemon.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return
    raise SystemExit(f"the daemon ended with {daemon.returncode}: {said}")


def _used_s(pid: int) -> tuple[float, float]:
    """Processor time of a process and of those that it has waited for: its own, the kernel's."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    user, kernel, waited_user, waited_kernel = (int(field) for field in fields[11:15])
    return (user + waited_user) / TICKS_PER_S, (kernel + waited_kernel) / TICKS_PER_S


def _mb(path: Path, names: str) -> float:
    """The sum of the lines that begin so."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(names)) / 1024


if __name__ == "__main__":
    sys.exit(main())
