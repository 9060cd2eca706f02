"""The address of a sound stream, and what of it may be shown: never a password or a token. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from asd_monitor.models.errors import ConfigurationError

_HIDDEN = "***"
_SHORTEST_TOKEN = 4
"""Characters: a shorter value in a query is a number or a flag."""


@dataclass(frozen=True, slots=True, repr=False)
class StreamAddress:
    """An address such as ``rtsp://user:password@camera/audio``; shown without its secrets.

    Attributes:
        url: whole, for the program that opens it and for nobody else.

    Raises:
        ConfigurationError: it is no address.
    """

    url: str

    def __post_init__(self) -> None:
        """Refuse what has no scheme, which could be taken for an option or a file."""
        if not re.match(r"[a-z][a-z0-9+.-]*://.", self.url):
            raise ConfigurationError(
                "the address of a stream begins with its kind, such as rtsp:// or https://"
            )
        try:
            _ = self._parts.port
        except ValueError as error:
            raise ConfigurationError(f"the address of the stream is none: {error}") from error

    @property
    def scheme(self) -> str:
        """What stands before ``://``."""
        return self._parts.scheme

    @property
    def shown(self) -> str:
        """Kind, host, port and path: without user, password and query."""
        parts = self._parts
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def has_password(self) -> bool:
        """Whether a user's name or password stands before the host."""
        return "@" in self._parts.netloc

    def hide(self, text: str) -> str:
        """Take every secret of the address out of what another program says."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return text

    def __repr__(self) -> str:
        return f"StreamAddress({self.shown!r})"

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)

    def _secrets(self) -> set[str]:
        userinfo, query = self._parts.netloc.rpartition("@")[0], self._parts.query
        values = [value for _, value in parse_qsl(query) if len(value) >= _SHORTEST_TOKEN]
        found = {userinfo, userinfo.partition(":")[2], query, *values}
        return {each for secret in found for each in (secret, unquote(secret)) if each}
