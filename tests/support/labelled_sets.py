"""Data sets of the right names with next to no sound in them."""

from collections.abc import Iterable
from pathlib import Path

import soundfile

from tests.support.sounds import noise


def write_set(
    root: Path, names: Iterable[str], *, sample_rate_hz: int = 16_000, n_samples: int = 400
) -> Path:
    """Write a short noise under each name; returns the folder."""
    for seed, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, noise(n_samples, seed=seed), sample_rate_hz)
    return root
