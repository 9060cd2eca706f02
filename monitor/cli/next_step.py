"""What to type next, as it can be typed."""

import shlex
from pathlib import Path

from asd_monitor.monitor.cli.console import note
from asd_monitor.monitor.folders import DEFAULT_MACHINE


def suggest(*words: object) -> None:
    """Name the command that comes next, quoted for the shell."""
    note(f"next: {shlex.join(['asd-monitor', *map(str, words)])}")


def place_options(machine: str, data_dir: Path | None) -> list[str]:
    """The options that lead the next command to the same machine."""
    options = [] if machine == DEFAULT_MACHINE else ["--machine", machine]
    return options if data_dir is None else [*options, "--data-dir", str(data_dir)]
