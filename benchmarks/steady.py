"""What listening to one microphone costs, hour after hour: daemon, capture process, their helpers.

    .venv/bin/python -m benchmarks.steady [--seconds 60]

Prints a section of `docs/performance.md`. A private sound server plays into a null sink, whose
monitor `asd-monitor run` listens to; start-up is over before the clock starts. Skipped, with a
line, where there is no PulseAudio.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from asd_monitor.monitor.store.store import FILE_NAME, Store
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from benchmarks.model import train
from benchmarks.targets import at_most
from tests.support.command_line import running
from tests.support.daemons import wait_until
from tests.support.pulse import NullSinkServer, what_is_missing

MACHINE = "machine"
SETTLING_S = 40.0
STOPPING_S = 20.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


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
        shares = _shares(Path(scratch), arguments.seconds)
    print("| process | of one core | of it the kernel |")
    print("| --- | --- | --- |")
    for what, (share, kernel) in shares.items():
        print(f"| {what} | {share:.2%} | {kernel:.2%} |")
    total = sum(share for share, _ in shares.values())
    print(f"| all | {total:.2%} | {sum(kernel for _, kernel in shares.values()):.2%} |\n")
    print(at_most("per cent of a core for a microphone", 1, 100 * total) + "\n")
    return 0


def _shares(folder: Path, seconds: float) -> dict[str, tuple[float, float]]:
    """Processor time over wall time, all of it and the kernel's part, of each process."""
    options = ("--data-dir", train(folder))
    with NullSinkServer(folder / "pulse", sample_rate_hz=SAMPLE_RATE_HZ) as server:
        os.environ.update(server.environment)
        sound = normal_sound(SETTLING_S + seconds + STOPPING_S, seed=6)
        server.start_playing(sound, sample_rate_hz=SAMPLE_RATE_HZ)
        with running("run", "--device", server.device(), *options) as daemon:
            wait_until(partial(_has_scored, folder), timeout_s=SETTLING_S)
            processes = {"daemon": daemon.pid, "capture process": _child(daemon.pid)}
            before = {what: _used_s(pid) for what, pid in processes.items()}
            begun_s = time.monotonic()
            _let_run(daemon, seconds)
            elapsed_s = time.monotonic() - begun_s
            after = {what: _used_s(pid) for what, pid in processes.items()}
            daemon.send_signal(signal.SIGTERM)
            daemon.communicate(timeout=STOPPING_S)
    return {
        what: (
            (sum(after[what]) - sum(before[what])) / elapsed_s,
            (after[what][1] - before[what][1]) / elapsed_s,
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


def _child(pid: int) -> int:
    """The capture process; whichever thread started it has it among its children."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    texts = [(task / "children").read_text(encoding="utf-8") for task in tasks]
    (child,) = " ".join(texts).split()
    return int(child)


if __name__ == "__main__":
    sys.exit(main())
