"""How loud normal sound is, band by band, in each operating regime of the machine.

Where the levels of normal clips fall into clearly separate groups (stopped, idle, under load), each
is a regime of its own; else there is one. The groups are a Gaussian mixture whose size the Bayesian
information criterion chooses (G. Schwarz, "Estimating the dimension of a model", Annals of
Statistics 6, 1978). That criterion alone would cut the tails of a single group into more of them,
so that groups have to lie apart, too (K. M. Ashman et al., "Detecting bimodality in astronomical
datasets", Astronomical Journal 108, 1994), and to be no rarities.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.mixture_fit import Mixture, fit_mixture
from asd_monitor.models.errors import CalibrationError
from asd_monitor.models.fusion import RegimeVoices, Voice
from asd_monitor.models.quantile import quantile

Floats = NDArray[np.float64]

MAX_REGIMES = 3
_NAMES = ("off", "idle", "running")
MIN_SHARE = 0.05
MIN_CLIPS = 10

MIN_SEPARATION = 4.0
"""Ashman's D; at 2 two Gaussians begin to show two peaks, and here a split has to be plain."""

MIN_GAP_DB = 3.0
"""Between the levels of two regimes; less is no matter of off, idle and load."""

N_COARSE_BANDS = 4
"""Beside the level, what tells regimes apart."""

N_GROUPS = 16
"""Groups of neighbouring mel bands whose mean shows whether a shift is even: of the usual 128 bands
the highest group lies above 6.4 kHz, and the lowest below 190 Hz."""

MIN_MINUTES = 5
"""With fewer, the range of offsets is that of single clips, which is wider."""

USUAL_OFFSETS = (0.05, 0.95)
"""Quantiles of single clips, where they have to serve: one loud clip is not a loud minute."""

_STD_PER_MAD = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """One way of running, by its level.

    Attributes:
        share: of the normal clips, 0 to 1.
        lowest_dbfs: level of its quietest clip.
        highest_dbfs: level of its loudest clip.
        middle_db: median of its clips' mean log-mel by mel band, dB, ``(n_mels,)``.
        group_spread_db: how far single clips lie from that in each of `N_GROUPS` groups of bands
            once an offset that is the same for all bands is taken off: robust standard deviations.
        lowest_offset_db: the least such offset that was normal over a minute.
        highest_offset_db: the largest.
        voices: the bundle's voices standardised on its clips alone; none where those of the
            calibration hold for all regimes.
    """

    share: float
    lowest_dbfs: float
    highest_dbfs: float
    middle_db: tuple[float, ...]
    group_spread_db: tuple[float, ...]
    lowest_offset_db: float
    highest_offset_db: float
    voices: tuple[Voice, ...] = ()

    def __post_init__(self) -> None:
        """Check that it has all groups of bands.

        Raises:
            CalibrationError: it has not.
        """
        if len(self.group_spread_db) != N_GROUPS:
            raise CalibrationError(f"a regime has not the spread of {N_GROUPS} groups of bands")


def regime_name(index: int, n_regimes: int) -> str:
    """What a regime is called: by its place among the levels, which is all that is known of it.

    Args:
        index: of the regime, the quietest is 0.
        n_regimes: how many there are, at most `MAX_REGIMES`.
    """
    return _NAMES[MAX_REGIMES - n_regimes + index]


def regime_faults(regimes: Sequence[Regime], *, n_voices: int) -> Iterator[str]:
    """What is impossible about the regimes of a calibration with so many voices."""
    if len(regimes) > MAX_REGIMES:
        yield f"it has more than {MAX_REGIMES} regimes"
    own = [regime.voices for regime in regimes if regime.voices]
    if own and len(own) < len(regimes):
        yield "some of its regimes have a scale of their own and some have none"
    if any(len(voices) != n_voices for voices in own):
        yield "its regimes have other members"
    if any(voice.std <= 0 for voices in own for voice in voices):
        yield "the scale of a regime is impossible"


def regime_voices(regimes: Iterable[Regime]) -> tuple[RegimeVoices, ...]:
    """What a fusion has to know of the regimes."""
    return tuple(
        RegimeVoices(middle_db=np.array(regime.middle_db), voices=regime.voices)
        for regime in regimes
    )


def find_regimes(
    spectra_db: Floats, levels_dbfs: Floats, *, clips_per_minute: int
) -> tuple[Regime, ...]:
    """Tell the regimes of normal sound apart, the quietest first.

    Args:
        spectra_db: mean log-mel of clips that do not overlap, in order of time, ``(n_clips,
            n_mels)``, at least one.
        levels_dbfs: of the same clips, ``(n_clips,)``.
        clips_per_minute: how many of them.
    """
    labels = _labels(_features(spectra_db, levels_dbfs))
    regimes = [
        _describe(spectra_db[is_of], levels_dbfs[is_of], float(is_of.mean()), clips_per_minute)
        for is_of in (labels == label for label in np.unique(labels))
    ]
    return tuple(sorted(regimes, key=lambda regime: regime.lowest_dbfs))


def offsets_db(spectra_db: Floats | NDArray[np.float32], middle_db: Floats) -> Floats:
    """By how much spectra are louder than a middle: the median over the bands.

    Args:
        spectra_db: ``(..., n_mels)``.
        middle_db: ``(n_mels,)``.

    Returns:
        ``(...)``.
    """
    return quantile(spectra_db - middle_db, 0.5)


def group_means(spectra_db: Floats) -> Floats:
    """The means of `N_GROUPS` groups of neighbouring bands, ``(..., N_GROUPS)``.

    Args:
        spectra_db: ``(..., n_mels)``, at least as many bands as groups.
    """
    parts = np.array_split(spectra_db, N_GROUPS, axis=-1)
    return np.stack([part.mean(axis=-1) for part in parts], axis=-1)


def _features(spectra_db: Floats, levels_dbfs: Floats) -> Floats:
    """The level, and how it is spread over a few broad bands, ``(n_clips, n_features)``."""
    broad = [part.mean(axis=1) for part in np.array_split(spectra_db, N_COARSE_BANDS, axis=1)]
    return np.stack([levels_dbfs, *broad], axis=1)


def _labels(features: Floats) -> NDArray[np.intp]:
    """The group of every clip; one group for all where nothing plainly lies apart."""
    n_most = min(MAX_REGIMES, len(features) // MIN_CLIPS)
    several = [fit_mixture(features, k=k) for k in range(2, n_most + 1)]
    mixtures = [fit_mixture(features, k=1), *filter(_is_plain, several)]
    return min(mixtures, key=lambda mixture: mixture.bic).labels


def _is_plain(mixture: Mixture) -> bool:
    """Whether every component is a group of its own."""
    k, n = len(mixture.weights), len(mixture.labels)
    sizes = np.bincount(mixture.labels, minlength=k)
    if sizes.min() < max(MIN_CLIPS, MIN_SHARE * n):
        return False
    return all(_lie_apart(mixture, a, b) for a, b in combinations(range(k), 2))


def _lie_apart(mixture: Mixture, a: int, b: int) -> bool:
    gap = np.abs(mixture.means[a] - mixture.means[b])
    width = np.sqrt((mixture.stds[a] ** 2 + mixture.stds[b] ** 2) / 2)
    return bool(gap[0] >= MIN_GAP_DB and (gap / width).max() >= MIN_SEPARATION)


def _describe(
    spectra_db: Floats, levels_dbfs: Floats, share: float, clips_per_minute: int
) -> Regime:
    middle = np.median(spectra_db, axis=0)
    offsets = offsets_db(spectra_db, middle)
    groups = group_means(spectra_db - middle - offsets[:, None])
    lowest, highest = _offset_range(spectra_db, middle, offsets, clips_per_minute)
    return Regime(
        share=share,
        lowest_dbfs=float(levels_dbfs.min()),
        highest_dbfs=float(levels_dbfs.max()),
        middle_db=tuple(middle.tolist()),
        group_spread_db=tuple((_STD_PER_MAD * np.median(np.abs(groups), axis=0)).tolist()),
        lowest_offset_db=lowest,
        highest_offset_db=highest,
    )


def _offset_range(
    spectra_db: Floats, middle: Floats, offsets: Floats, clips_per_minute: int
) -> tuple[float, float]:
    n_minutes = len(spectra_db) // clips_per_minute
    if n_minutes < MIN_MINUTES:
        low, high = np.quantile(offsets, USUAL_OFFSETS)
        return float(low), float(high)
    minutes = spectra_db[: n_minutes * clips_per_minute].reshape(n_minutes, clips_per_minute, -1)
    over_minutes = offsets_db(np.median(minutes, axis=1), middle)
    return float(over_minutes.min()), float(over_minutes.max())
