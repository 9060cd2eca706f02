"""Sound for tests, made on the spot: float32 ``(n_samples,)``, full scale is 1.0."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.audio import AudioBlock

Sound = NDArray[np.float32]

BEGAN_AT = datetime(2025, 3, 1, 6, 30, tzinfo=UTC)


def noise(n_samples: int, *, seed: int = 0, rms: float = 0.05) -> Sound:
    """White noise."""
    return np.random.default_rng(seed).normal(0.0, rms, n_samples).astype(np.float32)


def hum(
    n_samples: int,
    *,
    sample_rate_hz: int = 16_000,
    fundamental_hz: float = 50.0,
    amplitude: float = 0.1,
    seed: int = 0,
) -> Sound:
    """Ten harmonics, falling off, over a little noise: a machine that runs."""
    t_s = np.arange(n_samples) / sample_rate_hz
    harmonics = [np.sin(2 * np.pi * fundamental_hz * k * t_s) / k for k in range(1, 11)]
    tone = amplitude * np.sum(harmonics, axis=0, dtype=np.float64)
    return tone.astype(np.float32) + noise(n_samples, seed=seed, rms=amplitude / 100)


def clicks(n_samples: int, *, every: int, amplitude: float = 0.5) -> Sound:
    """Single samples in silence, the first at 0."""
    sound = np.zeros(n_samples, dtype=np.float32)
    sound[::every] = amplitude
    return sound


def blocks(
    sound: Sound,
    *,
    sample_rate_hz: int = 16_000,
    cuts: Sequence[int] = (),
    first_sample: int = 0,
) -> Iterator[AudioBlock]:
    """The sound as one recording session, cut into blocks at the given positions."""
    edges = [0, *sorted(min(cut, len(sound)) for cut in cuts), len(sound)]
    for index, (start, end) in enumerate(pairwise(edges)):
        yield AudioBlock(
            samples=sound[start:end],
            sample_rate_hz=sample_rate_hz,
            first_sample=first_sample + start,
            captured_at=BEGAN_AT + timedelta(seconds=(first_sample + start) / sample_rate_hz),
            gap_before=index == 0,
        )
