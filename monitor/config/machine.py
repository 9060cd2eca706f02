"""The tables ``[[machine]]``."""

import typing
from dataclasses import dataclass
from pathlib import Path

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.folders import DEFAULT_MACHINE, check_machine_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineConfig:
    """One table ``[[machine]]``: one thing being listened to.

    Attributes:
        id: its name in topics, payloads and on disk.
        source: kind of source: ``microphone`` or ``files``.
        device: of a microphone: ``hw:1``, a name or a part of one, ``pulse:SOURCE``.
        channel: channel to listen to, counted from 0; the mean of all where not given.
        paths: of ``files``: recordings and folders, played in order.
        speed: of ``files``: ``1`` for real time, ``max`` for as fast as possible.
        bundle: file to use instead of the one in the machine's folder.
        calibration: file to use instead of the one in the machine's folder.
    """

    id: str = DEFAULT_MACHINE
    source: typing.Literal["microphone", "files"] = "microphone"
    device: str | None = None
    channel: int | None = None
    paths: tuple[Path, ...] = ()
    speed: typing.Literal["1", "max"] = "1"
    bundle: Path | None = None
    calibration: Path | None = None

    def check(self, *, where: str) -> None:
        """See to it that the source has what it needs.

        Raises:
            ConfigurationError: a key that the source needs is missing, or one is out of range.
        """
        check_machine_id(self.id)
        needed = {"microphone": "device", "files": "paths"}[self.source]
        if not getattr(self, needed):
            raise ConfigurationError(
                f"{where}: machine {self.id} with source {self.source} needs the key {needed}"
            )
        if self.channel is not None and self.channel < 0:
            raise ConfigurationError(
                f"{where}: machine {self.id}: channel {self.channel} is negative; "
                "channels are counted from 0"
            )
