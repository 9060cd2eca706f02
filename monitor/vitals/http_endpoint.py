"""A small HTTP server for programs of the same host that look in: GET only, nothing is taken in."""

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from asd_monitor.monitor.back_off import BackOff

_log = logging.getLogger(__name__)

_SLOWEST_REQUEST_S: Final = 5.0
_BIND_AGAIN: Final = BackOff(first_s=1.0, longest_s=60.0)
_TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a path answers.

    Attributes:
        status: of HTTP.
        content_type: of the body.
        body: as sent.
    """

    status: HTTPStatus
    content_type: str
    body: bytes


# Takes the request's header Accept.
Page = Callable[[str], Answer]


class HttpEndpoint:
    """Serves pages from a thread of its own. Where the port is taken it tries again for ever.

    Args:
        address: IPv4 or IPv6 address to listen on.
        port: TCP port; 0 for any that is free.
        pages: by their path.
    """

    def __init__(self, address: str, port: int, pages: Mapping[str, Page]) -> None:
        self._address = (address, port)
        self._pages = pages
        self._server: ThreadingHTTPServer | None = None
        self._listening = threading.Event()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def wait_for_port(self, timeout_s: float) -> int | None:
        """The port it listens on; None where it still does not when time is up."""
        self._listening.wait(timeout_s)
        return None if self._server is None else int(self._server.server_port)

    def close(self, timeout_s: float) -> None:
        """End it; may be called again, and before `start`."""
        with self._lock:
            self._closing.set()
            server = self._server
        if server is not None:
            server.shutdown()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        failures = 0
        while not self._closing.is_set():
            try:
                server = _server(self._address, self._pages)
            except OSError as error:
                failures += 1
                if failures == 1:
                    _log.warning(
                        "[metrics] cannot listen on %s port %d (%s) and tries again; nothing else "
                        "is held up.",
                        *self._address,
                        error.strerror,
                    )
                self._closing.wait(_BIND_AGAIN.pause_s(failures))
            else:
                self._serve(server)
                return

    def _serve(self, server: ThreadingHTTPServer) -> None:
        with server:
            with self._lock:
                if self._closing.is_set():
                    return
                self._server = server
            self._listening.set()
            server.serve_forever(poll_interval=0.2)


def _server(address: tuple[str, int], pages: Mapping[str, Page]) -> ThreadingHTTPServer:
    class Handler(_Handler):
        known = pages

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET

    return Server(address, Handler)


class _Handler(BaseHTTPRequestHandler):
    timeout = _SLOWEST_REQUEST_S
    known: Mapping[str, Page]

    def do_GET(self) -> None:
        """Answer with a page."""
        page = self.known.get(self.path.partition("?")[0])
        if page is None:
            there = f"There are {' and '.join(self.known)} here.\n".encode()
            self._send(Answer(HTTPStatus.NOT_FOUND, _TEXT, there))
        else:
            self._send(page(self.headers.get("Accept", "")))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: a scrape every few seconds is no news."""

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
