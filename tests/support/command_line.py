"""The installed command as its user meets it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMAND = Path(sys.executable).with_name("asd-monitor")
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it said."""

    code: int
    stdout: str
    stderr: str


def asd_monitor(*arguments: object, cwd: Path | None = None) -> Outcome:
    """Run a command to its end."""
    done = subprocess.run(
        [COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@contextmanager
def running(
    *arguments: object, more: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A command that is under way; killed where the test leaves it running.

    Args:
        arguments: of the command.
        more: environment on top of the test's own.
    """
    with subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        env={**environment(), **(more or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def complaint(outcome: Outcome, *, code: int) -> str:
    """The one sentence on standard error with which a command failed."""
    assert outcome.code == code, outcome
    assert "Traceback" not in outcome.stderr
    said = [line for line in outcome.stderr.splitlines() if line.startswith("asd-monitor: ")]
    assert len(said) == 1, outcome.stderr
    assert outcome.stderr.endswith(f"{said[0]}\n"), "the sentence comes last and is one line"
    return said[0]


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too, with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def environment() -> Mapping[str, str]:
    """The test's own, without what would lead a command to somebody's data."""
    return {name: value for name, value in os.environ.items() if name != "STATE_DIRECTORY"}
