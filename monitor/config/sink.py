"""The tables ``[[sink]]``."""

import typing
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from asd_monitor.models.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkConfig:
    """One table ``[[sink]]``: one more who is told of every event, beside the broker.

    Attributes:
        kind: ``jsonl``, a file of lines; ``exec``, a program; ``webhook``, a web server.
        id: its name, under which it is remembered what it has not been told yet; ``kind`` where
            not given.
        path: of ``jsonl``: file to which each event is appended as one line of JSON.
        command: of ``exec``: program and arguments; it gets the event as JSON on its input.
        url: of ``webhook``: address to which the event is posted as JSON.
        secret_file: of ``webhook``: file whose first line signs what is posted; where not given the
            credential ``<id>-secret``, and without one it is not signed.
        timeout_s: of ``exec`` and ``webhook``: longest time for one event.
    """

    kind: typing.Literal["jsonl", "exec", "webhook"]
    id: str | None = None
    path: Path | None = None
    command: tuple[str, ...] = ()
    url: str | None = None
    secret_file: Path | None = None
    timeout_s: float = 10.0

    @property
    def name(self) -> str:
        """What it is called."""
        return self.id or self.kind

    @property
    def recipient(self) -> str:
        """Under which it has its outbox in the store."""
        return f"sink/{self.name}"

    def check(self, *, where: str) -> None:
        """See to it that the sink has what its kind needs.

        Raises:
            ConfigurationError: a key is missing or cannot be used.
        """
        needed = {"jsonl": "path", "exec": "command", "webhook": "url"}[self.kind]
        if not getattr(self, needed):
            raise ConfigurationError(
                f"{where}: sink {self.name} of kind {self.kind} needs the key {needed}"
            )
        if self.url and not _is_web_address(self.url):
            raise ConfigurationError(
                f"{where}: sink {self.name}: url {self.url!r} is no address of a web server, such "
                "as https://example.org/hook"
            )
        if not self.timeout_s > 0:
            raise ConfigurationError(f"{where}: sink {self.name}: timeout_s has to be above 0")


def _is_web_address(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
