"""The capture child as its parent sees it: a process that sends messages, or falls silent."""

import logging
import os
import selectors
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

from asd_monitor.models.errors import DeviceError
from asd_monitor.monitor.capture.protocol import CaptureProtocolError, FrameDecoder, Message

logger = logging.getLogger(__name__)

REAP_S = 2.0
# Over a second of sound may wait here before the child, and with it PortAudio, has to.
PIPE_BYTES = 1 << 18


class Decoder(Protocol):
    """Turns what a child writes into messages."""

    def feed(self, data: bytes) -> list[Message]:
        """Take the next bytes and give the messages they complete.

        Raises:
            CaptureProtocolError: the bytes are none of the child's language.
        """
        ...


class CaptureProcess:
    """Runs one capture child. Leaving its context kills and reaps it.

    Threads: `kill` may be called from any; everything else from the one that made it.

    Args:
        command: what to run.
        environment: the child's environment.
        decoder: knows the child's language; that of our own child where not given.
        hide: takes secrets out of what the child says to people.

    Raises:
        DeviceError: the process cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        decoder: Decoder | None = None,
        hide: Callable[[str], str] = str,
    ) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a list of arguments
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                pipesize=PIPE_BYTES,
                process_group=0,  # Ctrl-C is for us; who ends the child is ours to decide
                env=dict(environment),
            )
        except OSError as error:
            raise DeviceError(f"cannot start the capture process: {error}") from error
        self._decoder = decoder or FrameDecoder()
        self._hide = hide
        self._chatter = b""
        self._selector = selectors.DefaultSelector()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None  # noqa: S101 - both are pipes
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, stream is self._process.stdout)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def receive(self, *, timeout_s: float) -> list[Message]:
        """Wait for the next messages; at least one.

        Raises:
            DeviceError: none came within ``timeout_s`` seconds, or the child ended or sent
                something else.
        """
        deadline_s = time.monotonic() + timeout_s
        while (left_s := deadline_s - time.monotonic()) > 0:
            for key, _ in self._selector.select(left_s):
                data = os.read(key.fd, PIPE_BYTES)
                if not key.data:
                    self._listen_to_chatter(data, key)
                elif messages := self._decode(data):
                    return messages
        raise DeviceError(f"no sound arrived for {timeout_s:g} s")

    def kill(self) -> None:
        """End the child at once; harmless when it has ended."""
        self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(REAP_S)
        except subprocess.TimeoutExpired:
            # A driver holds it; waiting longer would deafen us to the device's return.
            logger.warning("the capture process %d does not die; left behind", self.pid)

    def _decode(self, data: bytes) -> list[Message]:
        if not data:
            raise DeviceError(f"the capture process ended: {self._last_words()}")
        try:
            return self._decoder.feed(data)
        except CaptureProtocolError as error:
            raise DeviceError(f"the capture process sent {error}") from error

    def _listen_to_chatter(self, data: bytes, key: selectors.SelectorKey) -> None:
        """Log what sound libraries print, and remember it as a reason should the child end."""
        if not data:
            self._selector.unregister(key.fileobj)
        self._chatter = (self._chatter + data)[-4096:]
        for line in data.decode(errors="replace").splitlines():
            logger.debug("capture process %d: %s", self.pid, self._hide(line))

    def _last_words(self) -> str:
        """The last line on standard error, of which the end may not have been read yet."""
        assert self._process.stderr is not None  # noqa: S101 - it is a pipe
        rest = self._process.stderr.read() or b""
        lines = (self._chatter + rest).decode(errors="replace").splitlines()
        return self._hide(lines[-1]) if lines else "no reason given"
