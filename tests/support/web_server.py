"""A web server that writes down what is posted to it, and answers as it is told."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Posted:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class WebServer:
    """Listens on a loopback port of its own while its context is entered.

    Args:
        answers: the codes of the first answers; 204 for all after them.
    """

    def __init__(self, *answers: int) -> None:
        self._answers = list(answers)
        self._posted: list[Posted] = []
        self._change = threading.Condition()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(server._take(Posted(self.path, dict(self.headers), body)))
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:  # noqa: ANN401
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int) -> list[Posted]:
        """What was posted, when it is at least so much."""
        with self._change:
            assert self._change.wait_for(lambda: len(self._posted) >= count, _PATIENCE_S)
            return list(self._posted)

    def _take(self, posted: Posted) -> int:
        with self._change:
            self._posted.append(posted)
            self._change.notify_all()
            return self._answers.pop(0) if self._answers else 204
