"""A broker that takes every connection and authorises nobody."""

import socketserver
import threading
from typing import Self

_CONNACK_NOT_AUTHORISED = bytes([0x20, 0x03, 0x00, 0x87, 0x00])


class RefusingBroker:
    """Refuses on a loopback port of its own while its context is entered.

    Attributes:
        port: where it listens.
    """

    def __init__(self) -> None:
        broker = self

        class Refusal(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.recv(4096)
                self.request.sendall(_CONNACK_NOT_AUTHORISED)
                broker._count()

        self._refused = 0
        self._change = threading.Condition()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusal)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, attempts: int, *, timeout_s: float = 60.0) -> None:
        """Return when so many connections have been refused."""
        with self._change:
            assert self._change.wait_for(lambda: self._refused >= attempts, timeout_s)

    def _count(self) -> None:
        with self._change:
            self._refused += 1
            self._change.notify_all()
