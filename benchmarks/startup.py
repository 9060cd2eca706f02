"""Start-up and memory, beside a Python process that does nothing.

    .venv/bin/python -m benchmarks.startup [--rounds 7]

Prints a section of `docs/performance.md`. Processes are started in turn; of each the wall clock,
the processor time and the largest resident memory are taken.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from asd_monitor.monitor.synth import normal_sound
from benchmarks import process
from benchmarks.model import COMMAND, train, write
from benchmarks.targets import at_most

CONFIGURATION = """\
[[machine]]
source = "files"
speed = "max"
paths = ["{sound}"]
"""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        data = train(folder)
        sound = write(folder / "second.wav", normal_sound(1.5, seed=4))
        configuration = folder / "asd-monitor.toml"
        configuration.write_text(CONFIGURATION.format(sound=sound), encoding="utf-8")
        run = ("run", "--config", str(configuration), "--data-dir", str(data))
        commands = {
            "`python -c pass`": (sys.executable, "-c", "pass"),
            "`python -c 'import numpy'`": (sys.executable, "-c", "import numpy"),
            "`python -c 'import librosa, torch'`, as the textbook": (
                sys.executable,
                "-c",
                "import librosa, torch",
            ),
            "`asd-monitor --help`": (*COMMAND, "--help"),
            "`asd-monitor run`, 1.5 s of sound, to its end": (*COMMAND, *run),
        }
        ran: dict[str, list[process.Ran]] = {what: [] for what in commands}
        for _ in range(arguments.rounds):
            for what, command in commands.items():
                ran[what].append(process.ran(command))
    print("\n".join(_table(ran)))
    return 0


def _table(ran: dict[str, list[process.Ran]]) -> list[str]:
    lines = [
        "## Start-up and memory\n",
        (
            "| process | wall, s | quartiles | processor, s | times bare Python "
            "| memory, MB | times bare Python |"
        ),
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    bare = next(iter(ran.values()))
    bare_cpu, bare_mb = np.array([each.cpu_s for each in bare]), _median(bare, "largest_mb")
    for what, rounds in ran.items():
        wall, cpu = np.array([each.wall_s for each in rounds]), np.array([e.cpu_s for e in rounds])
        low, high = np.quantile(wall, [0.25, 0.75])
        memory_mb = _median(rounds, "largest_mb")
        lines.append(
            f"| {what} | {np.median(wall):.2f} | {low:.2f}-{high:.2f} | {np.median(cpu):.2f} "
            f"| {np.median(cpu / bare_cpu):.1f} | {memory_mb:.0f} | {memory_mb / bare_mb:.1f} |"
        )
    help_, run = (ran[what] for what in list(ran)[-2:])
    targets = [
        at_most("`--help`, s", 0.3, _median(help_, "wall_s")),
        at_most("`run` to its first windows and its end, s", 2, _median(run, "wall_s")),
        at_most("`run`, MB", 120, _median(run, "largest_mb"), digits=0),
    ]
    return [*lines, "", *targets, ""]


def _median(rounds: list[process.Ran], name: str) -> float:
    return float(np.median([getattr(each, name) for each in rounds]))


if __name__ == "__main__":
    sys.exit(main())
