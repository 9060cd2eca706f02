"""The tables ``[[machine]]``."""

import typing
from dataclasses import dataclass
from pathlib import Path

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config.secrets import find_secret
from asd_monitor.monitor.folders import DEFAULT_MACHINE, check_machine_id
from asd_monitor.monitor.stream_address import StreamAddress

SourceKind = typing.Literal["microphone", "files", "watch", "stdin", "stream"]
SampleFormat = typing.Literal["U8", "S16_LE", "S24_3LE", "S32_LE", "FLOAT_LE"]
_NEEDED: typing.Final = {"microphone": "device", "files": "paths", "watch": "paths"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineConfig:
    """One table ``[[machine]]``: one thing being listened to.

    Attributes:
        id: its name in topics, payloads and on disk.
        source: kind of source: ``microphone``, ``files``, ``watch``, ``stdin`` or ``stream``.
        device: of a microphone: ``hw:1``, a name or a part of one, ``pulse:SOURCE``.
        channel: channel to listen to, counted from 0; the mean of all where not given.
        paths: of ``files``: recordings and folders, played in order; of ``watch``: folders in which
            recordings arrive.
        speed: of ``files``: ``1`` for real time, ``max`` for as fast as possible.
        pause_s: of ``watch``: longest time without a new recording before sound counts as lost.
        url: of ``stream``: address of what ffmpeg can open, such as ``rtsp://camera/audio``.
        url_file: of ``stream``: file whose first line is the address, where it holds a password or
            a token.
        format: of ``stdin``: how a sample is written: ``U8``, ``S16_LE``, ``S24_3LE``, ``S32_LE``
            or ``FLOAT_LE``.
        rate_hz: of ``stdin``: samples a second.
        channels: of ``stdin``: how many channels take turns.
        bands: when the state names the frequencies that sound unlike normal: ``event``, while an
            event is open, or ``always``, of the newest clip.
        bundle: file to use instead of the one in the machine's folder.
        calibration: file to use instead of the one in the machine's folder.
    """

    id: str = DEFAULT_MACHINE
    source: SourceKind = "microphone"
    device: str | None = None
    channel: int | None = None
    paths: tuple[Path, ...] = ()
    speed: typing.Literal["1", "max"] = "1"
    pause_s: float = 300.0
    url: str | None = None
    url_file: Path | None = None
    format: SampleFormat = "S16_LE"
    rate_hz: int = 16_000
    channels: int = 1
    bands: typing.Literal["event", "always"] = "event"
    bundle: Path | None = None
    calibration: Path | None = None

    def check(self, *, where: str) -> None:
        """See to it that the source has what it needs.

        Raises:
            ConfigurationError: a key that the source needs is missing, or one is out of range.
        """
        check_machine_id(self.id)
        needed = _NEEDED.get(self.source)
        if needed and not getattr(self, needed):
            raise ConfigurationError(
                f"{where}: machine {self.id} with source {self.source} needs the key {needed}"
            )
        if self.source == "stream":
            self._check_address(where)
        for key in ("pause_s", "rate_hz", "channels"):
            if not getattr(self, key) > 0:
                raise ConfigurationError(f"{where}: machine {self.id}: {key} has to be above 0")
        if self.channel is not None and self.channel < 0:
            raise ConfigurationError(
                f"{where}: machine {self.id}: channel {self.channel} is negative; "
                "channels are counted from 0"
            )

    def stream_address(self) -> StreamAddress:
        """The address of a stream, wherever it is written.

        Raises:
            ConfigurationError: the file that holds it cannot be read, or it is no address.
        """
        return StreamAddress(self.url or self._secret_address() or "")

    def _secret_address(self) -> str | None:
        return find_secret(f"{self.id}-url", file=self.url_file, key="url_file")

    def _check_address(self, where: str) -> None:
        begin = f"{where}: machine {self.id} with source stream"
        if (self.url is None) == (self.url_file is None):
            raise ConfigurationError(f"{begin} needs either the key url or the key url_file")
        if self.url is None:
            return
        try:
            address = StreamAddress(self.url)
        except ConfigurationError as error:
            raise ConfigurationError(f"{begin}: {error}") from error
        if address.has_password:
            raise ConfigurationError(
                f"{begin}: the url of {address.shown} holds a password, which others can read; "
                "write the whole address into a file and name that with url_file"
            )
