"""Raw samples as bytes: formats, and a decoder that takes them however they are cut. Pure."""

import enum

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.channels import to_mono


class PcmFormat(enum.StrEnum):
    """How a sample is written, by the names that ALSA gives the formats."""

    U8 = "U8"
    S16_LE = "S16_LE"
    S24_3LE = "S24_3LE"
    S32_LE = "S32_LE"
    FLOAT_LE = "FLOAT_LE"

    @property
    def n_bytes(self) -> int:
        """Bytes of one sample."""
        return _N_BYTES[self]


_N_BYTES = {
    PcmFormat.U8: 1,
    PcmFormat.S16_LE: 2,
    PcmFormat.S24_3LE: 3,
    PcmFormat.S32_LE: 4,
    PcmFormat.FLOAT_LE: 4,
}
_TYPES = {
    PcmFormat.S16_LE: ("<i2", 2.0**15),
    PcmFormat.S32_LE: ("<i4", 2.0**31),
    PcmFormat.FLOAT_LE: ("<f4", 1.0),
}


class PcmDecoder:
    """Turns bytes of interleaved channels into samples of one.

    Args:
        pcm_format: of the bytes.
        n_channels: how many channels take turns.
        channel: channel to listen to, counted from 0; the mean of all where None.
    """

    def __init__(self, pcm_format: PcmFormat, *, n_channels: int, channel: int | None) -> None:
        self._format = pcm_format
        self._n_channels = n_channels
        self._channel = channel
        self._pending = b""

    @property
    def n_frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self._format.n_bytes * self._n_channels

    @property
    def n_pending_bytes(self) -> int:
        """Bytes that wait for the rest of their frame."""
        return len(self._pending)

    def feed(self, data: bytes) -> NDArray[np.float32]:
        """Take the next bytes; the samples that they complete, full scale is 1.0."""
        data = self._pending + data
        end = len(data) // self.n_frame_bytes * self.n_frame_bytes
        self._pending = data[end:]
        samples = _decode(data[:end], self._format)
        return to_mono(samples.reshape(-1, self._n_channels), channel=self._channel)


def _decode(data: bytes, pcm_format: PcmFormat) -> NDArray[np.float32]:
    if pcm_format is PcmFormat.U8:
        centred: NDArray[np.float32] = np.frombuffer(data, dtype=np.uint8).astype(np.float32)
        return (centred - np.float32(128)) / np.float32(128)
    if pcm_format is PcmFormat.S24_3LE:
        # The three bytes become the upper ones of 32 bits, and so keep their sign.
        wide = np.zeros((len(data) // 3, 4), dtype=np.uint8)
        wide[:, 1:] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        data, pcm_format = wide.tobytes(), PcmFormat.S32_LE
    kind, full_scale = _TYPES[pcm_format]
    samples: NDArray[np.float32] = (np.frombuffer(data, dtype=kind) / full_scale).astype(np.float32)
    return samples
