"""Writing recordings that are known again by their tag, as files or as bytes."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np
import soundfile
from numpy.typing import NDArray

from asd_monitor.models.files import write_atomically
from asd_monitor.models.tags import SessionTag


def write_recording(
    path: Path,
    samples: NDArray[np.float32],
    *,
    sample_rate_hz: int,
    session: str,
    first_sample: int,
    recorded_at: datetime,
) -> None:
    """Write a 16-bit FLAC or WAV file whose tag says its place in its recording session.

    Sound that came from a 16-bit converter is kept to the bit. The file is written whole or not
    at all.

    Args:
        path: ends in ``.flac`` or ``.wav``.
        samples: ``(n_samples,)`` or ``(n_samples, n_channels)``, full scale is 1.0; louder
            samples are clipped, and what is not a number becomes silence, as 16 bits can hold
            neither.
        sample_rate_hz: rate of ``samples`` and of ``first_sample``.
        session: name of the recording session, without white space.
        first_sample: position of ``samples[0]``, counted from the beginning of the source.
        recorded_at: time of ``samples[0]``, with a time zone.

    Raises:
        OSError: the folder is missing, full or not writable.
        ValueError: another file name, or a tag that could not be read back.
    """
    file_format = path.suffix.lower().removeprefix(".").upper()
    if file_format not in {"FLAC", "WAV"}:
        raise ValueError(f"{path} ends neither in .flac nor in .wav")
    tag = SessionTag(session=session, first_sample=first_sample, recorded_at=recorded_at)
    encoded = encode_recording(
        samples, file_format=file_format, sample_rate_hz=sample_rate_hz, tag=tag
    )
    write_atomically(path, encoded)


def encode_recording(
    samples: NDArray[np.float32],
    *,
    file_format: str,
    sample_rate_hz: int,
    tag: SessionTag,
    remarks: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """The bytes of what `write_recording` writes.

    Args:
        samples: as there.
        file_format: ``FLAC`` or ``WAV``.
        sample_rate_hz: rate of ``samples`` and of the tag.
        tag: the place of the samples in their session.
        remarks: follow the tag in the comment, as ``name=value``.
    """
    pcm = pcm16(samples)
    n_channels = 1 if pcm.ndim == 1 else pcm.shape[1]
    # By its descriptor: for a file object libsndfile would call back through memory that is both
    # writable and executable, which a confined service may not have.
    with os.fdopen(os.memfd_create("recording"), "r+b") as encoded:
        with soundfile.SoundFile(
            encoded.fileno(),
            "w",
            sample_rate_hz,
            n_channels,
            subtype="PCM_16",
            format=file_format,
            closefd=False,
        ) as file:
            # libsndfile writes it only if it comes before the samples.
            file.comment = " ".join([str(tag), *(f"{k}={v}" for k, v in remarks.items())])
            file.write(pcm)
        encoded.seek(0)
        return encoded.read()


def pcm16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Samples of full scale 1.0 in 16 bits; louder ones are clipped, what is no number is 0."""
    finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    pcm: NDArray[np.float32] = np.clip(np.rint(finite * np.float32(32768)), -32768, 32767)
    return pcm.astype(np.int16)
