"""The options of `run` that say what to listen to, for one machine without a configuration."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

import click

from asd_monitor.monitor.cli.options import channel_option, is_given
from asd_monitor.monitor.config.machine import SampleFormat, SourceKind

F = TypeVar("F", bound=Callable[..., Any])
_NEEDED = {"microphone": "device", "files": "path", "watch": "path", "stream": "url"}
_NAMES = ("device", "source", "path", "url", "url_file", "format", "rate", "channels", "channel")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """What was said about the source; the keys of a table ``[[machine]]`` by other names."""

    device: str | None
    source: SourceKind | None
    path: tuple[Path, ...]
    url: str | None
    url_file: Path | None
    format: SampleFormat
    rate: int
    channels: int
    channel: int | None

    @property
    def is_given(self) -> bool:
        """Whether a source was named."""
        return self.device is not None or self.source is not None

    def keys(self) -> dict[str, Any]:
        """The keys of a table ``[[machine]]``.

        Raises:
            UsageError: an option that the source needs is missing.
        """
        source = self.source or "microphone"
        needed = _NEEDED.get(source)
        if needed and not (getattr(self, needed) or (needed == "url" and self.url_file)):
            raise click.UsageError(f"--source {source} needs --{needed}")
        return {
            "source": source,
            "device": self.device,
            "paths": self.path,
            "url": self.url,
            "url_file": self.url_file,
            "format": self.format,
            "rate_hz": self.rate,
            "channels": self.channels,
            "channel": self.channel,
        }


def source_options(function: F) -> F:
    """The options of `SourceOptions`, handed over as one argument ``sound``."""

    @functools.wraps(function)
    def collect(**options: Any) -> Any:  # noqa: ANN401 - what click hands over
        said = {name: options.pop(name) for name in _NAMES}
        return function(sound=SourceOptions(**said), **options)

    decorated: Any = collect
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return cast("F", decorated)


def given_options() -> list[str]:
    """The options of the present command about the source that the user has typed."""
    return [f"--{name.replace('_', '-')}" for name in _NAMES if is_given(name)]


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--device", help="Microphone; see: asd-monitor devices."),
    click.option(
        "--source",
        type=click.Choice(get_args(SourceKind)),
        help="Kind of source.  [default: microphone]",
    ),
    channel_option,
    click.option(
        "--path",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Of files: recording or folder. Of watch: folder in which recordings arrive.",
    ),
    click.option("--url", help="Of stream: what ffmpeg can open, without a password."),
    click.option(
        "--url-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Of stream: file whose first line is the address.",
    ),
    click.option(
        "--format",
        type=click.Choice(get_args(SampleFormat)),
        default="S16_LE",
        show_default=True,
        help="Of stdin: how a sample is written.",
    ),
    click.option(
        "--rate",
        type=click.IntRange(min=1),
        default=16_000,
        show_default=True,
        help="Of stdin: samples a second.",
    ),
    click.option(
        "--channels",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        help="Of stdin: how many channels take turns.",
    ),
)
