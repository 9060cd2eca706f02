"""What stands in for systemd: hears what a service tells by sd_notify(3)."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a service told, and when, on the monotonic clock."""

    text: str
    at_s: float


class Supervisor:
    """Listens while its context is entered.

    Args:
        folder: for the socket; a short path.
        watchdog_s: signs of life are wanted at least this often; not at all where None.
    """

    def __init__(self, folder: Path, *, watchdog_s: float | None = None) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._address = folder / "notify"
        self._watchdog_s = watchdog_s
        self._notices: list[Notice] = []
        self._change = threading.Condition(threading.RLock())
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._socket.bind(str(self._address))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", str(self._address))
        self._thread.join()
        self._socket.close()

    @property
    def environment(self) -> Mapping[str, str]:
        """For the service, on top of its own."""
        told = {"NOTIFY_SOCKET": str(self._address)}
        if self._watchdog_s is not None:
            told["WATCHDOG_USEC"] = str(round(self._watchdog_s * 1_000_000))
        return told

    def told(self, text: str = "") -> list[Notice]:
        """What was told so far, of notices that begin with this."""
        with self._change:
            return [notice for notice in self._notices if notice.text.startswith(text)]

    def wait_for(self, text: str, *, count: int = 1, timeout_s: float = _PATIENCE_S) -> Notice:
        """The notice that begins with this, or the one that is the so-manyth to do so."""
        self._wait(lambda: len(self.told(text)) >= count, timeout_s)
        found = self.told(text)
        assert len(found) >= count, self.told()
        return found[count - 1]

    def is_silent_for(self, text: str, seconds: float) -> bool:
        """Whether no such notice comes for so long, counted from now."""
        begun_s = time.monotonic()
        before = len(self.told(text))
        self._wait(lambda: len(self.told(text)) > before, seconds)
        return len(self.told(text)) == before and time.monotonic() - begun_s >= seconds

    def _wait(self, holds: Callable[[], bool], timeout_s: float) -> None:
        with self._change:
            self._change.wait_for(holds, timeout_s)

    def _listen(self) -> None:
        while text := self._socket.recv(4096).decode():
            with self._change:
                self._notices.append(Notice(text, time.monotonic()))
                self._change.notify_all()
