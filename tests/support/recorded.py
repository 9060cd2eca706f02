"""Recordings on disk of the arithmetic machine, good and bad."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import soundfile

from asd_monitor.models.recording_writer import write_recording
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, knocking, normal_sound
from tests.support.sounds import Sound

RECORDED_AT = datetime(2025, 3, 1, 6, 30, tzinfo=UTC)


def write_session(
    folder: Path, sound: Sound, *, file_s: float = 60.0, recorded_at: datetime = RECORDED_AT
) -> Path:
    """Write one recording session, as `record` does; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    step = round(file_s * SAMPLE_RATE_HZ)
    for index, first_sample in enumerate(range(0, len(sound), step)):
        write_recording(
            folder / f"{index:03d}.flac",
            sound[first_sample : first_sample + step],
            sample_rate_hz=SAMPLE_RATE_HZ,
            session=folder.name,
            first_sample=first_sample,
            recorded_at=recorded_at + timedelta(seconds=first_sample / SAMPLE_RATE_HZ),
        )
    return folder


def with_fault(*, before_s: float, fault_s: float, after_s: float, seed: int) -> Sound:
    """Normal sound with a fault in its middle."""
    sound = normal_sound(before_s + fault_s + after_s, seed=seed)
    begin, end = (round(at_s * SAMPLE_RATE_HZ) for at_s in (before_s, before_s + fault_s))
    sound[begin:end] += knocking(fault_s, seed=seed)
    return sound


def zero_length(path: Path) -> Path:
    """A file without a byte."""
    path.touch()
    return path


def text(path: Path) -> Path:
    """A file that is sound by its name alone."""
    path.write_text("the pump was fine today\n")
    return path


def truncated(path: Path) -> Path:
    """A WAV or FLAC file of which the second half is missing."""
    soundfile.write(path, normal_sound(20, seed=9), SAMPLE_RATE_HZ)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def not_finite(path: Path) -> Path:
    """A file of float samples, none of them a number."""
    sound = np.full(20 * SAMPLE_RATE_HZ, np.nan, np.float32)
    soundfile.write(path, sound, SAMPLE_RATE_HZ, subtype="FLOAT")
    return path
