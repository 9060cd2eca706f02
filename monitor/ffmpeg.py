"""ffmpeg and ffprobe, as they are called to hear a stream; arguments only, never a shell."""

import shutil
import subprocess
from dataclasses import dataclass
from typing import Final

import msgspec

from asd_monitor.models.errors import DeviceError
from asd_monitor.monitor.stream_address import StreamAddress

PROBE_S: Final = 20.0
_NETWORK_TIMEOUT_US: Final = 10_000_000
_RTSP: Final = frozenset({"rtsp", "rtsps"})
_WEB: Final = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFormat:
    """What a stream delivers when it is decoded."""

    sample_rate_hz: int
    n_channels: int


class _ProbedStream(msgspec.Struct):
    sample_rate: str
    channels: int


class _Probed(msgspec.Struct):
    streams: tuple[_ProbedStream, ...] = ()


def probe(address: StreamAddress) -> StreamFormat:
    """Ask what an address delivers.

    Raises:
        DeviceError: ffmpeg is missing, nobody answers, or there is no sound.
    """
    command = [
        *(_found("ffprobe"), "-v", "error", *_input_options(address)),
        *("-select_streams", "a:0", "-show_entries", "stream=sample_rate,channels"),
        *("-of", "json", address.url),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a list, and the address begins with its scheme
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DeviceError(f"{address.shown} does not answer within {PROBE_S:.0f} s") from error
    if done.returncode != 0:
        said = address.hide(done.stderr.decode(errors="replace")).strip().splitlines()
        reason = said[-1] if said else f"ffprobe ended with {done.returncode}"
        raise DeviceError(f"{address.shown} cannot be opened: {reason}")
    return _format(done.stdout, address)


def stream_command(address: StreamAddress, wanted: StreamFormat) -> list[str]:
    """The command that writes the stream's sound to standard output as interleaved floats.

    Raises:
        DeviceError: ffmpeg is missing.
    """
    return [
        *(_found("ffmpeg"), "-nostdin", "-hide_banner", "-loglevel", "error"),
        *_input_options(address),
        *_pace(address),
        *("-i", address.url, "-map", "0:a:0", "-c:a", "pcm_f32le"),
        *("-ar", str(wanted.sample_rate_hz), "-ac", str(wanted.n_channels)),
        *("-f", "f32le", "pipe:1"),
    ]


def _input_options(address: StreamAddress) -> list[str]:
    """How long to wait for the network; over RTSP the sound comes in the connection itself."""
    if address.scheme in _RTSP:
        return ["-rtsp_transport", "tcp", "-timeout", str(_NETWORK_TIMEOUT_US)]
    return ["-rw_timeout", str(_NETWORK_TIMEOUT_US)] if address.scheme in _WEB else []


def _pace(address: StreamAddress) -> list[str]:
    """A web server sends as fast as it can: let a second of sound take a second."""
    return ["-re"] if address.scheme in _WEB else []


def _format(answer: bytes, address: StreamAddress) -> StreamFormat:
    try:
        streams = msgspec.json.decode(answer, type=_Probed).streams
        found = [
            StreamFormat(sample_rate_hz=int(stream.sample_rate), n_channels=stream.channels)
            for stream in streams
            if int(stream.sample_rate) > 0 and stream.channels > 0
        ]
    except (msgspec.DecodeError, ValueError) as error:
        raise DeviceError(f"{address.shown}: ffprobe gave no answer: {error}") from error
    if not found:
        raise DeviceError(f"{address.shown} has no sound; name an address that has")
    return found[0]


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise DeviceError(f"a stream needs {program}, which is not installed (Debian: ffmpeg)")
    return path
