"""Where in frequency and time a score comes from: pure functions of the score by mel band.

The negative log-likelihood of a density that factorises over bins is a sum over bins, so what a
band adds to it above what normal sound adds there is exact, no gradient and no approximation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SMOOTHED_S = 1.0
"""Excess is judged on means over this time: one window of one band says nothing."""

EXCESS_MIN = 1.25
"""Least mean excess that is named, in units of the score: 1.25 nats, a bin that is two standard
deviations off. The highest of all bands and seconds in 200 s of normal sound was 1.0."""

EXCESS_STDS = 8.0
"""And that many standard deviations of normal sound; the highest of the same was 7.7."""

EDGE_SHARE = 0.25
"""A band ends where the excess falls below this share of its peak."""

SHARE_MIN = 0.05
"""What carries less of the excess is not named."""

EDGE_WINDOWS = 5
"""Beginning and end are found on means over so many windows, which overlap that far anyway."""

QUIET_SHARE = 0.2
"""Of some sound is taken for normal where nothing better is known."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalBands:
    """The score of normal sound by mel band, over means of one second.

    Attributes:
        mean: by mel band, ``(n_mels,)``.
        std: of the means of one second, by mel band, ``(n_mels,)``.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandExcess:
    """A frequency band that carries excess score, for some time.

    Attributes:
        low_hz: lower edge.
        high_hz: upper edge.
        share: of the score's excess over normal in the stretches where a band has some, 0 to 1.
        from_s: when it begins, seconds from the first window's beginning.
        to_s: when it ends.
        approximate: whether a convention parted the score among the bands
            (`asd_monitor.models.detector.Attribution`).
    """

    low_hz: float
    high_hz: float
    share: float
    from_s: float
    to_s: float
    approximate: bool = False


def band_edges_hz(mel_filters: NDArray[np.float32], *, sample_rate_hz: int) -> Array:
    """Edges between mel bands, half-way between the centres of neighbouring filters.

    Args:
        mel_filters: ``(n_mels, n_fft // 2 + 1)``; a filter that holds no FFT bin lies between its
            neighbours.
        sample_rate_hz: of the sound.

    Returns:
        ``(n_mels + 1,)``, from 0 Hz to half the sample rate.
    """
    half_hz = sample_rate_hz / 2
    bins_hz = np.linspace(0, half_hz, mel_filters.shape[1])
    weight = mel_filters.sum(axis=1, dtype=np.float64)
    held = np.flatnonzero(weight)
    centres = np.interp(np.arange(len(weight)), held, (mel_filters[held] @ bins_hz) / weight[held])
    edges: Array = np.concatenate([[0.0], (centres[1:] + centres[:-1]) / 2, [half_hz]])
    return edges


def quiet_reference(per_bin: Array, *, hop_s: float) -> NormalBands:
    """Take the quietest fifth of some sound for normal, where nothing better is known.

    A fault that lasts through all of the sound cannot be seen against it.

    Args:
        per_bin: score by mel band, ``(n_windows, n_mels)``, at least one window.
        hop_s: from one window to the next.
    """
    smooth = smoothed(per_bin, hop_s=hop_s)
    n_quiet = max(1, round(QUIET_SHARE * len(smooth)))
    quiet = smooth[np.argsort(smooth.mean(axis=1), kind="stable")[:n_quiet]]
    return NormalBands(mean=tuple(quiet.mean(axis=0).tolist()), std=tuple(quiet.std(axis=0)))


def smoothed(per_bin: Array, *, hop_s: float) -> Array:
    """Means over one second, window after window, or over all of it where it is shorter.

    Args:
        per_bin: ``(n_windows, n_mels)``, at least one window.
        hop_s: from one window to the next.

    Returns:
        ``(n_windows - n_per_second + 1, n_mels)``.
    """
    n = min(len(per_bin), max(1, round(SMOOTHED_S / hop_s)))
    sums = np.cumsum(np.vstack([np.zeros(per_bin.shape[1]), per_bin]), axis=0)
    means: Array = (sums[n:] - sums[:-n]) / n
    return means


def attribute(
    per_bin: Array,
    normal: NormalBands,
    edges_hz: Array,
    *,
    hop_s: float,
    window_s: float,
    max_bands: int = 3,
) -> tuple[BandExcess, ...]:
    """Name the bands that carry the excess over normal sound.

    Args:
        per_bin: score by mel band, ``(n_windows, n_mels)``.
        normal: what normal sound scores.
        edges_hz: of the mel bands, ``(n_mels + 1,)``.
        hop_s: from one window's beginning to the next's.
        window_s: length of a window.
        max_bands: how many to name at most.

    Returns:
        Bands, largest share first; none where the sound is normal.
    """
    if not len(per_bin):
        return ()
    excess = per_bin - np.array(normal.mean)
    smooth = smoothed(excess, hop_s=hop_s)
    is_excess = smooth > np.maximum(EXCESS_MIN, EXCESS_STDS * np.array(normal.std))
    profile = np.where(is_excess, smooth, 0.0).sum(axis=0)
    # All that the stretches with an excess score above normal; other bands may score below it.
    total = max(profile.sum(), smooth[is_excess.any(axis=1)].sum())
    # From a window's beginning to the border between its middle and that of the one before.
    lead_s = (window_s - hop_s) / 2
    bands = []
    for low, high, share in peaks(profile, total=total, most=max_bands):
        steps = np.flatnonzero(is_excess[:, low:high].any(axis=1))
        begin, end = _stretch(
            excess[:, low:high].mean(axis=1), int(steps[0]), int(steps[-1] - len(smooth))
        )
        bands.append(
            BandExcess(
                low_hz=float(edges_hz[low]),
                high_hz=float(edges_hz[high]),
                share=share,
                from_s=begin * hop_s + (lead_s if begin else 0.0),
                to_s=end * hop_s + (lead_s if end < len(excess) else 2 * lead_s),
            )
        )
    return tuple(bands)


def peaks(profile: Array, *, total: float, most: int) -> list[tuple[int, int, float]]:
    """Find the ranges of bands around the peaks; the skirts of a peak are no peaks.

    Args:
        profile: excess by mel band, not below zero, ``(n_mels,)``.
        total: the excess that shares are of, at least the profile's sum.
        most: how many to find at most.

    Returns:
        First band, the one after the last, and share, largest first; no share below `SHARE_MIN`.
    """
    shares = [(low, high, float(profile[low:high].sum() / total)) for low, high in _ranges(profile)]
    return [found for found in shares[:most] if found[-1] >= SHARE_MIN]


def _ranges(profile: Array) -> list[tuple[int, int]]:
    """Largest sum first."""
    rest = profile.copy()
    found: list[tuple[int, int]] = []
    while rest.max() > 0:
        peak = int(np.argmax(rest))
        floor = EDGE_SHARE * rest[peak]
        found.append((_reach(rest, peak, -1, floor), _reach(rest, peak, 1, floor) + 1))
        low, high = _foot(rest, peak, -1), _foot(rest, peak, 1)
        rest[low : high + 1] = 0.0
        rest[slice(*found[-1])] = 0.0
    return sorted(found, key=lambda band: profile[slice(*band)].sum(), reverse=True)


def _reach(profile: Array, peak: int, step: int, floor: float) -> int:
    """The last band from the peak that keeps above a floor."""
    at = peak
    while 0 <= at + step < len(profile) and profile[at + step] >= floor:
        at += step
    return at


def _foot(profile: Array, peak: int, step: int) -> int:
    """The last band from the peak to which the profile keeps falling."""
    at = peak
    while 0 <= at + step < len(profile) and 0 < profile[at + step] <= profile[at]:
        at += step
    return at


def _stretch(excess: Array, first: int, last: int) -> tuple[int, int]:
    """First window, and the one after the last, in which a band's excess is at half its height.

    Args:
        excess: of the band, ``(n_windows,)``.
        first: window in which the first second with excess begins.
        last: window in which the last such second ends, counted from the end, so negative.
    """
    sums = np.convolve(excess, np.ones(EDGE_WINDOWS), mode="same")
    means = sums / np.convolve(np.ones(len(excess)), np.ones(EDGE_WINDOWS), mode="same")
    window = means[first : len(means) + last + 1]
    above = np.flatnonzero(window >= np.percentile(window, 90) / 2)
    return first + int(above[0]), first + int(above[-1]) + 1
