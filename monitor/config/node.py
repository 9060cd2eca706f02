"""The table ``[node]``."""

import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

from asd_monitor.models.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """The table ``[node]``.

    Attributes:
        name: this computer's name in topics and payloads; the host name where not given.
        data_dir: folder of machines and store; where not given ``$STATE_DIRECTORY``, which systemd
            sets, else the XDG data folder.
    """

    name: str = field(default_factory=lambda: socket.gethostname().split(".")[0])
    data_dir: Path | None = None

    def check(self, *, where: str) -> None:
        """See to it that the name can be part of a topic.

        Raises:
            ConfigurationError: it cannot.
        """
        if not re.fullmatch(r"[^+#/\s]+", self.name):
            raise ConfigurationError(
                f"{where}: node.name {self.name!r} becomes part of MQTT topics, so it may not be "
                "empty or have spaces, '+', '#' or '/'"
            )
