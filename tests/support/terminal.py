"""A terminal, and what a person sees on it."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.command_line import COMMAND, PATIENCE_S, environment

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


class OnTerminal:
    """A command that has a terminal for itself.

    Attributes:
        process: the command.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", person: int) -> None:
        self.process = process
        self._person = person
        self._seen = b""
        self._grew = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def seen(self) -> str:
        """Everything that was written so far, control sequences included."""
        return self._seen.decode(errors="replace")

    def mark(self) -> int:
        """How much was written so far."""
        return len(self.seen)

    def wait_for(self, words: str, *, after: int = 0) -> None:
        """Until the words are written, after a mark."""
        with self._grew:
            assert self._grew.wait_for(lambda: words in self.seen[after:], PATIENCE_S), self.seen

    def resize(self, *, columns: int, rows: int) -> None:
        """Make the window larger or smaller."""
        fcntl.ioctl(self._person, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press_ctrl_c(self) -> None:
        """As a person does."""
        os.write(self._person, b"\x03")

    def wait(self) -> int:
        """The exit code, when everything that was written has been read."""
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return code

    def _read(self) -> None:
        try:
            while chunk := os.read(self._person, 65536):
                with self._grew:
                    self._seen += chunk
                    self._grew.notify_all()
        except OSError:
            pass


@contextmanager
def on_terminal(*arguments: object) -> Iterator[OnTerminal]:
    """A command that runs on a terminal of 100 by 40; killed where the test leaves it running."""
    person, program = pty.openpty()
    fcntl.ioctl(person, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    process = subprocess.Popen(
        # Ctrl-C reaches only those whose controlling terminal it is.
        ["setsid", "--ctty", COMMAND, *map(str, arguments)],
        env={**environment(), "TERM": "xterm-256color"},
        stdin=program,
        stdout=program,
        stderr=program,
    )
    os.close(program)
    terminal = OnTerminal(process, person)
    try:
        yield terminal
    finally:
        process.kill()
        terminal.wait()
        os.close(person)
