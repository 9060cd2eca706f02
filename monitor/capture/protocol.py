"""What the capture child says on its pipe: frames of a header and a payload. Pure.

A frame is a magic number, a version, a kind and the length of the payload, little-endian, then
the payload itself.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAGIC = b"ASDC"
VERSION = 1
_HEADER = struct.Struct("<4sBBxxI")
_SOUND = struct.Struct("<qI")
_OPENED = struct.Struct("<I")
_MAX_PAYLOAD_BYTES = 1 << 24
_KIND_OPENED, _KIND_SOUND, _KIND_FAILED, _KIND_MOVED = 1, 2, 3, 4


class CaptureProtocolError(ValueError):
    """Bytes that are no frame of this version."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The device is open. Said once, before any sound.

    Attributes:
        sample_rate_hz: the rate it runs at.
        device_name: what PortAudio calls it.
    """

    sample_rate_hz: int
    device_name: str


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Consecutive samples of the chosen channel.

    Attributes:
        samples: float32 ``(n_samples,)``, full scale is 1.0.
        captured_at_ns: UTC time of ``samples[0]`` in nanoseconds since 1970.
        lost_samples: samples lost before these to an overrun, estimated, at least 1; 0 without.
    """

    samples: NDArray[np.float32]
    captured_at_ns: int
    lost_samples: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The device cannot be opened or went away. The last thing the child says.

    Attributes:
        reason: one sentence.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The sound server records from another source by now; what follows is not to be trusted.

    Attributes:
        source: its name.
    """

    source: str


Message = Opened | Sound | Failed | Moved


def pack(message: Message) -> bytes:
    """Turn a message into one frame."""
    match message:
        case Opened(sample_rate_hz, name):
            return _frame(_KIND_OPENED, _OPENED.pack(sample_rate_hz) + name.encode())
        case Sound():
            head = _SOUND.pack(message.captured_at_ns, message.lost_samples)
            return _frame(_KIND_SOUND, head + message.samples.astype("<f4").tobytes())
        case Failed(reason):
            return _frame(_KIND_FAILED, reason.encode())
        case Moved(source):
            return _frame(_KIND_MOVED, source.encode())


def _frame(kind: int, payload: bytes) -> bytes:
    return _HEADER.pack(MAGIC, VERSION, kind, len(payload)) + payload


class FrameDecoder:
    """Turns bytes back into messages, however they are cut into pieces."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Take the next bytes and give the messages they complete.

        Raises:
            CaptureProtocolError: the bytes are no frame of this version.
        """
        self._pending += data
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self) -> Message | None:
        if len(self._pending) < _HEADER.size:
            return None
        magic, version, kind, n_bytes = _HEADER.unpack_from(self._pending)
        if magic != MAGIC or version != VERSION or n_bytes > _MAX_PAYLOAD_BYTES:
            raise CaptureProtocolError(f"not a frame: {bytes(self._pending[: _HEADER.size])!r}")
        end = _HEADER.size + n_bytes
        if len(self._pending) < end:
            return None
        payload = bytes(self._pending[_HEADER.size : end])
        del self._pending[:end]
        return _unpack(kind, payload)


def _unpack(kind: int, payload: bytes) -> Message:
    try:
        if kind == _KIND_OPENED:
            (sample_rate_hz,) = _OPENED.unpack_from(payload)
            return Opened(sample_rate_hz, payload[_OPENED.size :].decode())
        if kind == _KIND_SOUND:
            samples = np.frombuffer(payload, dtype="<f4", offset=_SOUND.size)
            captured_at_ns, lost_samples = _SOUND.unpack_from(payload)
            return Sound(samples.astype(np.float32), captured_at_ns, lost_samples)
        if kind == _KIND_FAILED:
            return Failed(payload.decode())
        if kind == _KIND_MOVED:
            return Moved(payload.decode())
    except (struct.error, ValueError) as error:
        raise CaptureProtocolError(f"a damaged payload of kind {kind}: {error}") from error
    raise CaptureProtocolError(f"a frame of the unknown kind {kind}")
