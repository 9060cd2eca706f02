"""Waking a thread that waits for a socket."""

import socket
import threading
from typing import Final

_ENOUGH_BYTES: Final = 4096


class Waker:
    """Readable for a selector from `wake` until `clear`. Every thread may wake."""

    def __init__(self) -> None:
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._is_set = False
        self._lock = threading.Lock()

    def fileno(self) -> int:
        """What a selector watches."""
        return self._ear.fileno()

    def wake(self) -> None:
        """Make it readable; nothing after `close`."""
        with self._lock:
            if not self._is_set:
                self._is_set = True
                self._mouth.send(b"\0")

    def clear(self) -> None:
        """Make it unreadable until the next `wake`."""
        with self._lock:
            if self._is_set:
                self._ear.recv(_ENOUGH_BYTES)
                self._is_set = False

    def close(self) -> None:
        """Free the sockets."""
        with self._lock:
            self._is_set = True
            self._ear.close()
            self._mouth.close()
