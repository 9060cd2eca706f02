"""Faults put into normal sound, so that a detector can be chosen without labelled recordings.

Eight kinds: steady ones (a tone, a band of noise, a band that is louder or quieter, a harmonic
that is gone, another speed) and moving ones (modulation, rattle, a single click), each in three
strengths, from plain to faint. Pure: sound and a random generator in, sound out. Levels are
relative to the sound itself, and samples beyond full scale are left as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from benchmarks.mixtures import RATE_HZ, Sound, root_mean_square

_EDGE_OCTAVES = 0.02
_TRANSIENT_S = 0.03
_RATTLES_PER_S = 3.0

Floats = NDArray[np.float64]
Make = Callable[[Sound, float, np.random.Generator], Floats]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault.

    Attributes:
        name: as tables have it.
        unit: what its strengths are.
        quiet: strengths for sound as recorded, the plainest first.
        noisy: strengths for sound among noise, where the former would all be inaudible.
        make: puts one of a given strength into a sound.
    """

    name: str
    unit: str
    quiet: tuple[float, ...]
    noisy: tuple[float, ...]
    make: Make

    def put_into(self, sound: Sound, strength: float, generator: np.random.Generator) -> Sound:
        """The sound with a fault of this kind, float32 of the same length ``(n_samples,)``."""
        faulty: Sound = self.make(sound, strength, generator).astype(np.float32)
        return faulty


def tone(sound: Sound, level_db: float, generator: np.random.Generator) -> Floats:
    """Add a sine of 300 to 6500 Hz, so much above the level of the sound."""
    hz, phase = _log_uniform(300, 6500, generator), _phase(generator)
    amplitude = 2**0.5 * root_mean_square(sound) * 10 ** (level_db / 20)
    return sound + amplitude * np.sin(2 * np.pi * hz * _seconds(sound) + phase)


def band_noise(sound: Sound, level_db: float, generator: np.random.Generator) -> Floats:
    """Add half an octave of noise around 400 to 6000 Hz, so much above the level of the sound."""
    hz = _log_uniform(400, 6000, generator)
    band = signal.butter(4, _band(hz, octaves=0.5), "band", fs=RATE_HZ, output="sos")
    noise = np.asarray(signal.sosfilt(band, generator.standard_normal(len(sound))))
    return sound + noise * (
        root_mean_square(sound) * 10 ** (level_db / 20) / root_mean_square(noise)
    )


def band_level(sound: Sound, change_db: float, generator: np.random.Generator) -> Floats:
    """Make an octave and a half around 300 to 4000 Hz so much louder, or as much quieter."""
    low_hz, high_hz = _band(_log_uniform(300, 4000, generator), octaves=1.5)
    return _filtered(sound, low_hz, high_hz, gain_db=change_db * _sign(generator))


def notch(sound: Sound, change_db: float, generator: np.random.Generator) -> Floats:
    """Weaken a third of an octave, one of the eight loudest of sixteen: what is gone was there."""
    centres_hz = 150 * 2 ** (np.arange(16) / 3)
    loudest = np.argsort([_energy(sound, *_band(hz, octaves=1 / 3)) for hz in centres_hz])[-8:]
    low_hz, high_hz = _band(centres_hz[generator.choice(loudest)], octaves=1 / 3)
    return _filtered(sound, low_hz, high_hz, gain_db=change_db)


def speed(sound: Sound, share: float, generator: np.random.Generator) -> Floats:
    """Play the sound faster or slower; what a faster one lacks at its end comes back mirrored."""
    percent = round(100 * (1 + share * _sign(generator)))
    mirrored = np.concatenate([sound, sound[::-1]]).astype(np.float64)
    return np.asarray(signal.resample_poly(mirrored, 100, percent))[: len(sound)]


def modulation(sound: Sound, depth: float, generator: np.random.Generator) -> Floats:
    """Let the level swing 3 to 12 times a second; its root mean square stays."""
    angle = 2 * np.pi * generator.uniform(3, 12) * _seconds(sound) + _phase(generator)
    swinging = sound * (1 + depth * np.sin(angle))
    return swinging * (root_mean_square(sound) / root_mean_square(swinging))


def rattle(sound: Sound, peak: float, generator: np.random.Generator) -> Floats:
    """Add three equal clicks a second on average, one at least, at random times."""
    n_clicks = max(1, generator.poisson(_RATTLES_PER_S * len(sound) / RATE_HZ))
    return _with_clicks(sound, peak, generator, n_clicks=n_clicks)


def click(sound: Sound, peak: float, generator: np.random.Generator) -> Floats:
    """Add a single decaying oscillation of 1.2 to 6.5 kHz and 1.5 to 6 ms."""
    return _with_clicks(sound, peak, generator, n_clicks=1)


_LEVEL = "dB above the machine's level"
_PEAK = "peak over the machine's root mean square"

KINDS = (
    Kind("tone", _LEVEL, (-22, -28, -34), (-10, -16, -22), tone),
    Kind("band noise", _LEVEL, (-12, -18, -24), (-2, -8, -14), band_noise),
    Kind("band level", "dB, up or down", (6, 3, 1.5), (14, 9, 5), band_level),
    Kind("notch", "dB", (-24, -10, -5), (-40, -20, -10), notch),
    Kind("speed", "share, up or down", (0.08, 0.04, 0.02), (0.16, 0.10, 0.05), speed),
    Kind("modulation", "depth", (0.7, 0.4, 0.2), (0.95, 0.7, 0.4), modulation),
    Kind("rattle", _PEAK, (6, 3, 1.5), (16, 9, 5), rattle),
    Kind("click", _PEAK, (12, 6, 3), (30, 16, 9), click),
)


def _with_clicks(
    sound: Sound, peak: float, generator: np.random.Generator, *, n_clicks: int
) -> Floats:
    seconds = np.arange(int(_TRANSIENT_S * RATE_HZ)) / RATE_HZ
    decay = np.exp(-seconds / generator.uniform(0.0015, 0.006))
    transient = decay * np.sin(2 * np.pi * generator.uniform(1200, 6500) * seconds)
    louder = sound.astype(np.float64)
    for start in generator.integers(len(sound) - len(transient) + 1, size=n_clicks):
        height = peak * root_mean_square(sound) * generator.uniform(0.6, 1.0)
        louder[start : start + len(transient)] += height * transient
    return louder


def _filtered(sound: Sound, low_hz: float, high_hz: float, *, gain_db: float) -> Floats:
    """Change the level of a band, with soft edges and without a delay."""
    hz = np.maximum(np.fft.rfftfreq(len(sound), 1 / RATE_HZ), 1.0)
    inside = _rising(np.log2(hz / low_hz)) * _rising(np.log2(high_hz / hz))
    spectrum = np.fft.rfft(sound.astype(np.float64)) * 10 ** (gain_db * inside / 20)
    return np.fft.irfft(spectrum, len(sound))


def _rising(octaves: Floats) -> Floats:
    """From 0 below an edge to 1 above it."""
    return np.asarray(0.5 + 0.5 * np.tanh(octaves / (2 * _EDGE_OCTAVES)))


def _band(hz: float, *, octaves: float) -> tuple[float, float]:
    return hz * 2 ** (-octaves / 2), hz * 2 ** (octaves / 2)


def _energy(sound: Sound, low_hz: float, high_hz: float) -> float:
    hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    inside = (hz > low_hz) & (hz < high_hz)
    return float(np.square(np.abs(np.fft.rfft(sound)[inside])).sum())


def _log_uniform(low: float, high: float, generator: np.random.Generator) -> float:
    return float(np.exp(generator.uniform(np.log(low), np.log(high))))


def _phase(generator: np.random.Generator) -> float:
    return float(generator.uniform(0, 2 * np.pi))


def _sign(generator: np.random.Generator) -> int:
    return 1 if generator.random() < 0.5 else -1


def _seconds(sound: Sound) -> Floats:
    return np.arange(len(sound)) / RATE_HZ
