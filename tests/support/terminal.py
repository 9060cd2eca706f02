"""A terminal, and what a person sees on it."""

import os
import pty
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.command_line import COMMAND, environment

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def shown(arguments: Sequence[object], *, stdout: Path | None = None) -> list[str]:
    """The lines that a command puts on a terminal, in order, one overwritten by the next or not.

    Args:
        arguments: of asd-monitor.
        stdout: file to lead standard output to; the terminal too where None.
    """
    person, program = pty.openpty()
    output = os.dup(program) if stdout is None else os.open(stdout, os.O_WRONLY | os.O_CREAT)
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        env={**environment(), "TERM": "xterm", "COLUMNS": "400"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=program,
    )
    os.close(output)
    os.close(program)
    seen = _CONTROL.sub("", b"".join(_read(person)).decode())
    os.close(person)
    assert process.wait() == 0
    return re.split(r"[\r\n]+", seen)


def _read(descriptor: int) -> list[bytes]:
    """Everything until the last program has let go of the terminal, which reads as an error."""
    chunks: list[bytes] = []
    try:
        while chunk := os.read(descriptor, 65536):
            chunks.append(chunk)
    except OSError:
        pass
    return chunks
