"""A machine made of arithmetic, for the demonstration and for tests. It is not a recording.

A shaft at 24.7 Hz with its harmonics under a slowly wandering load, over broadband flow noise;
the fault is a knock that rings at 3.1 kHz and repeats seven times a second, as a damaged bearing
does.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import signal

SAMPLE_RATE_HZ = 16_000
SHAFT_HZ = 24.7
KNOCK_HZ = 7.1
RESONANCE_HZ = 3100.0
_HARMONICS = 24


def normal_sound(duration_s: float, *, seed: int) -> NDArray[np.float32]:
    """The machine running normally.

    Args:
        duration_s: length in seconds.
        seed: another seed is another stretch of the same machine's life.

    Returns:
        float32 ``(n_samples,)`` at 16 kHz, root mean square near 0.05.
    """
    rng = np.random.default_rng(seed)
    n_samples = round(duration_s * SAMPLE_RATE_HZ)
    load = _slow_wander(n_samples, rng)
    phase = 2 * np.pi * np.cumsum(SHAFT_HZ * (1 + 0.002 * load)) / SAMPLE_RATE_HZ
    phase += rng.uniform(0, 2 * np.pi)
    hum = np.zeros(n_samples)
    for harmonic in range(1, _HARMONICS + 1):
        hum += np.sin(harmonic * phase + harmonic) / harmonic**0.8
    flow = signal.lfilter(
        *signal.butter(2, [200, 5000], "band", fs=SAMPLE_RATE_HZ), _noise(rng, n_samples)
    )
    hiss = 0.05 * _noise(rng, n_samples)
    sound = 0.02 * hum * (1 + 0.1 * load) + 0.06 * flow * (1 + 0.05 * load) + 0.02 * hiss
    return sound.astype(np.float32)


def knocking(duration_s: float, *, seed: int, strength: float = 0.5) -> NDArray[np.float32]:
    """The fault alone, to be added to normal sound.

    Args:
        duration_s: length in seconds.
        seed: draws the jitter of the knocks' moments and strengths.
        strength: peak of a knock relative to full scale.

    Returns:
        float32 ``(n_samples,)`` at 16 kHz.
    """
    rng = np.random.default_rng(seed)
    n_samples = round(duration_s * SAMPLE_RATE_HZ)
    moments = np.arange(0, duration_s, 1 / KNOCK_HZ)
    moments = moments + rng.normal(0, 0.002, len(moments))
    impulses = np.zeros(n_samples)
    positions = np.clip((moments * SAMPLE_RATE_HZ).astype(int), 0, n_samples - 1)
    impulses[positions] = strength * rng.uniform(0.7, 1.0, len(positions))
    t_s = np.arange(round(0.03 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    ring = np.exp(-t_s / 0.005) * np.sin(2 * np.pi * RESONANCE_HZ * t_s)
    return np.convolve(impulses, ring)[:n_samples].astype(np.float32)


def _noise(rng: np.random.Generator, n_samples: int) -> NDArray[np.float64]:
    return rng.standard_normal(n_samples)


def _slow_wander(n_samples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A load between about -1 and 1 that changes over seconds."""
    knots = rng.uniform(-1, 1, n_samples // (3 * SAMPLE_RATE_HZ) + 3)
    return np.interp(np.arange(n_samples) / (3 * SAMPLE_RATE_HZ), np.arange(len(knots)), knots)
