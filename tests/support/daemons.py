"""A daemon on a configuration of its own: started, killed, looked at from outside."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from asd_monitor.monitor.events import Event
from asd_monitor.monitor.folders import MachineFolder
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.command_line import COMMAND, environment

PATIENCE_S = 60.0
_POLL_S = 0.1


def machine_table(
    name: str,
    model: MachineFolder,
    *,
    paths: Sequence[Path] = (),
    device: str | None = None,
    speed: str = "1",
) -> str:
    """The table ``[[machine]]`` of a machine that is heard from recordings or a microphone."""
    heard = (
        f'device = "{device}"'
        if device
        else f'source = "files"\npaths = {json.dumps([str(path) for path in paths])}\n'
        f'speed = "{speed}"'
    )
    return (
        f'[[machine]]\nid = "{name}"\n{heard}\n'
        f'bundle = "{model.bundle}"\ncalibration = "{model.calibration}"\n'
    )


def mqtt_table(port: int, *more: str, host: str = "127.0.0.1") -> str:
    """The table ``[mqtt]``, with further lines."""
    return "\n".join(["[mqtt]", f'host = "{host}"', f"port = {port}", *more, ""])


@dataclass(frozen=True)
class Resources:
    """What a process holds.

    Attributes:
        rss_bytes: memory.
        descriptors: open files and sockets.
        threads: of the process.
    """

    rss_bytes: int
    descriptors: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> Self:
        """Ask the kernel."""
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        )
        return cls(
            rss_bytes=int(status["VmRSS"].split()[0]) * 1024,
            descriptors=len(os.listdir(f"/proc/{pid}/fd")),  # noqa: PTH208 - names alone
            threads=int(status["Threads"]),
        )


class Daemon:
    """``asd-monitor run`` in the node ``hall``; its standard error goes to a file.

    As a context manager it starts on entering and is killed on leaving, where it still runs.

    Args:
        folder: for its configuration, its log and its data.
        tables: of the configuration, after ``[node]``.
        data: its data folder, where it is not to be below ``folder``.
        launcher: a command that starts it, such as ``ip netns exec NAME``.
        variables: for its environment, on top of the test's own.
    """

    def __init__(
        self,
        folder: Path,
        *tables: str,
        data: Path | None = None,
        launcher: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.data = data or folder / "data"
        self.configuration = folder / "asd-monitor.toml"
        self._log = folder / "log"
        self._launcher = launcher
        self._variables = variables or {}
        self._process: subprocess.Popen[bytes] | None = None
        self.configure(*tables)

    def configure(self, *tables: str) -> None:
        """Write the configuration anew; a daemon that runs has read the old one."""
        self.configuration.write_text("\n".join(['[node]\nname = "hall"\n', *tables]))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it; it is not waited for."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self._launcher,
                    str(COMMAND),
                    *("run", "--config", str(self.configuration)),
                    *("--data-dir", str(self.data)),
                ],
                env={**environment(), **self._variables},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """Of its latest start."""
        assert self._process is not None
        return self._process

    @property
    def runs(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it with SIGKILL; nothing where it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def terminate(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def wait(self) -> int:
        """Wait for it to end by itself; its exit code."""
        return self.process.wait(PATIENCE_S)

    @property
    def log(self) -> str:
        """What all its starts have said."""
        return self._log.read_text(errors="replace")

    @property
    def resources(self) -> Resources:
        """What it holds now."""
        return Resources.of(self.process.pid)

    def wait_for_log(self, text: str, *, times: int = 1, timeout_s: float = PATIENCE_S) -> None:
        """Return when it has said something so many times."""
        wait_until(lambda: self.log.count(text) >= times, lambda: self.log, timeout_s=timeout_s)

    def status(self) -> dict[str, Any]:
        """What ``asd-monitor status --json`` says."""
        command = [str(COMMAND), "status", "--json", "--data-dir", str(self.data)]
        told = subprocess.run(command, env=environment(), capture_output=True, check=False)
        assert told.stdout, told.stderr
        fields: dict[str, Any] = json.loads(told.stdout)
        return fields

    def events(self) -> tuple[Event, ...]:
        """What its store has of events; nothing as long as there is none."""
        path = self.data / FILE_NAME
        if not path.exists():
            return ()
        with Store(path, must_exist=True) as store:
            return store.events()

    def waiting(self) -> int:
        """How many messages its outbox holds."""
        with Store(self.data / FILE_NAME, must_exist=True) as store:
            return store.outbox.health().depth

    def wait_for_events(self, count: int, *, timeout_s: float = PATIENCE_S) -> tuple[Event, ...]:
        """The events of the store, when there are so many."""
        wait_until(
            lambda: len(self.events()) >= count, lambda: (self.events(), self.log), timeout_s
        )
        return self.events()


def wait_until(
    is_so: Callable[[], object],
    tell: Callable[[], object] = lambda: "",
    timeout_s: float = PATIENCE_S,
) -> None:
    """Return when something has become true; ``tell`` says in the failure what was so instead."""
    give_up_at_s = time.monotonic() + timeout_s
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < give_up_at_s, tell()
        pause.wait(_POLL_S)
