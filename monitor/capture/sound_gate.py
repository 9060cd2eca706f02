"""Holds sound back while it is not known which microphone it comes from."""

import threading
from collections.abc import Callable

from asd_monitor.monitor.capture.protocol import Message, Sound


class SoundGate:
    """Passes sound on, in order; any thread may speak to it.

    Args:
        send: takes what is passed on.
    """

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._held: list[Sound] | None = None
        self._lock = threading.Lock()

    def __call__(self, message: Message) -> None:
        """Pass a message on, or keep sound back while in doubt."""
        with self._lock:
            if self._held is not None and isinstance(message, Sound):
                self._held.append(message)
            else:
                self._send(message)

    def doubt(self) -> None:
        """From now on it is not known where the sound comes from."""
        with self._lock:
            self._held = self._held or []

    def trust(self) -> None:
        """It is known again: what was kept back may pass."""
        with self._lock:
            held, self._held = self._held or [], None
            for sound in held:
                self._send(sound)
