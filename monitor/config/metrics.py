"""The table ``[metrics]``."""

import ipaddress
from dataclasses import dataclass

from asd_monitor.models.errors import ConfigurationError

_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsConfig:
    """The table ``[metrics]``: for Prometheus, and a health check, over HTTP.

    Attributes:
        port: TCP port of ``/metrics`` and ``/healthz``; neither is there where not given.
        address: address to listen on; it is not encrypted and asks for no password.
    """

    port: int | None = None
    address: str = "127.0.0.1"

    def check(self, *, where: str) -> None:
        """See to it that somebody could listen there.

        Raises:
            ConfigurationError: port or address cannot be one.
        """
        if self.port is not None and not 0 < self.port <= _HIGHEST_PORT:
            raise ConfigurationError(
                f"{where}: metrics.port {self.port} is no TCP port; give one from 1 to "
                f"{_HIGHEST_PORT}"
            )
        try:
            ipaddress.ip_address(self.address)
        except ValueError as error:
            raise ConfigurationError(
                f"{where}: metrics.address {self.address!r} is no IP address, such as 127.0.0.1"
            ) from error
