"""What a process that goes on says, line by line."""

import subprocess
import threading
from collections.abc import Callable


class ProcessLines:
    """The lines of a process, read on a thread, to wait on."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: list[str] = []
        self._ended = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def all(self) -> list[str]:
        with self._change:
            return list(self._lines)

    def wait_for(self, predicate: Callable[[list[str]], bool], timeout_s: float) -> bool:
        with self._change:
            self._change.wait_for(lambda: self._ended or predicate(self._lines), timeout_s)
            return predicate(self._lines)

    def join(self) -> None:
        self._process.wait()
        self._thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._change:
                self._lines.append(line.rstrip("\n"))
                self._change.notify_all()
        with self._change:
            self._ended = True
            self._change.notify_all()
