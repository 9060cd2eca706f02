"""A machine that sounds in strokes, such as a valve, made of one that runs: for want of recordings.

Pure: sound and a random generator in, sound out.
"""

import numpy as np
from numpy.typing import NDArray

from benchmarks.mixtures import RATE_HZ, Sound, root_mean_square

STROKE_S = 0.12
DECAY_S = 0.03
RISE_S = 0.005
APART_S = (0.6, 0.8)
FIRST_S = (0.05, 0.35)
FLOOR_DB = -20.0
"""Level of the steady noise between strokes, relative to the machine that runs."""

Floats = NDArray[np.float64]


def strokes(sound: Sound, generator: np.random.Generator) -> Sound:
    """Let a machine be heard in strokes only, above steady pink noise.

    Args:
        sound: of the machine that runs, a fault in it included, ``(n_samples,)``.
        generator: draws the moments of the strokes and the noise.
    """
    seconds = np.arange(len(sound)) / RATE_HZ
    heard = np.zeros(len(sound))
    begin_s = generator.uniform(*FIRST_S)
    while begin_s < seconds[-1]:
        heard = np.maximum(heard, _stroke(seconds - begin_s))
        begin_s += generator.uniform(*APART_S)
    floor = root_mean_square(sound) * 10 ** (FLOOR_DB / 20)
    struck: Sound = (sound * heard + floor * _pink(len(sound), generator)).astype(np.float32)
    return struck


def _stroke(seconds: Floats) -> Floats:
    """From 0 to 1 and back, of seconds since it began."""
    dying = np.exp(-np.maximum(seconds - STROKE_S, 0.0) / DECAY_S)
    return np.asarray(np.where(seconds >= 0, np.minimum(seconds / RISE_S, 1.0) * dying, 0.0))


def _pink(n_samples: int, generator: np.random.Generator) -> Floats:
    """Noise whose power falls by 3 dB an octave, of root mean square 1."""
    bins = np.maximum(np.arange(n_samples // 2 + 1), 1.0)
    noise = np.fft.irfft(np.fft.rfft(generator.standard_normal(n_samples)) / np.sqrt(bins))
    return np.asarray(np.resize(noise, n_samples) / root_mean_square(noise))
