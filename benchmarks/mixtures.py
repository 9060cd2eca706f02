"""Recordings beside the project, and noise mixed into them by the recipe in their README."""

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
RATE_HZ = 16_000
RMS = 0.05
"""Of every clip that noise is mixed into."""

TRAINING_FOLDS = "12"
TESTING_FOLDS = "3"
"""The first character of a background recording's name is its fold."""

_SILENT_RMS = 1e-5

Sound = NDArray[np.float32]


def has_recordings(machine: str = "") -> bool:
    """Whether there are any, or any of a machine; says so where there are none."""
    folder = DATA / machine
    if not folder.is_dir():
        print(f"skipped: there are no recordings in {folder}")
    return folder.is_dir()


def normal_clips(machine: str) -> list[Path]:
    """The normal recordings of a machine, in the order of their names."""
    files = [
        path for part in ("train", "test") for path in sorted((DATA / machine / part).iterdir())
    ]
    return [path for path in files if path.name.startswith("normal")]


def load(path: Path) -> Sound:
    """A recording at 16 kHz, float32 ``(n_samples,)``."""
    samples, rate_hz = soundfile.read(path, dtype="float32")
    resampled: Sound = soxr.resample(samples, rate_hz, RATE_HZ)
    return resampled


def load_noises(folds: str) -> list[Sound]:
    """The background recordings of some folds."""
    paths = sorted((DATA / "background").glob("*/*.flac"))
    return [load(path) for path in paths if path.name[0] in folds]


def crop(
    noises: list[Sound], *, n_samples: int, snr_db: float, generator: np.random.Generator
) -> Sound:
    """A random stretch of a random noise, to be added to a clip of root mean square `RMS`.

    A noise shorter than that is looped; a silent stretch is drawn again.

    Args:
        noises: float32 ``(n,)`` each.
        n_samples: length of the stretch.
        snr_db: level of the clip above that of the noise; -6 is noise twice as loud.
        generator: draws noise and stretch.
    """
    while True:
        noise = noises[generator.integers(len(noises))]
        looped = np.tile(noise, -(-n_samples // len(noise)) + 1)
        start = generator.integers(len(looped) - n_samples + 1)
        stretch = looped[start : start + n_samples]
        if root_mean_square(stretch) > _SILENT_RMS:
            return scaled(stretch, RMS * 10 ** (-snr_db / 20))


def scaled(samples: Sound, rms: float) -> Sound:
    """The samples with another root mean square."""
    louder: Sound = samples * np.float32(rms / root_mean_square(samples))
    return louder


def root_mean_square(samples: NDArray[np.floating]) -> float:
    """Root mean square, summed in double precision."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
