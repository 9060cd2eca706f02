"""Whether two files hold the same sound, whatever they are written as."""

import hashlib

from asd_monitor.models.errors import AudioError
from asd_monitor.models.recording_writer import pcm16
from asd_monitor.models.recordings import Recording
from asd_monitor.models.sound_file import SoundFile

_BLOCK_SAMPLES = 1 << 18


def sound_sha256(recording: Recording) -> str | None:
    """The SHA-256 of a recording's samples in 16 bits, hexadecimal; None where it is damaged.

    It is that of a WAV file, of the FLAC file made of it, and of a copy with other tags. Lossy
    formats and another rate, gain or choice of channels make another sound.
    """
    shape = f"{recording.sample_rate_hz} {recording.n_channels} {recording.n_samples}"
    digest = hashlib.sha256(shape.encode())
    try:
        with SoundFile(recording.path) as file:
            for position in range(0, recording.n_samples, _BLOCK_SAMPLES):
                frames = file.read(min(_BLOCK_SAMPLES, recording.n_samples - position))
                digest.update(pcm16(frames).tobytes())
    except AudioError:
        return None
    return digest.hexdigest()
