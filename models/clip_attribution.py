"""Where in frequency the score of whole clips comes from, and how that joins what windows say."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from asd_monitor.models.attribution import SHARE_MIN, Array, BandExcess, NormalBands, peaks

CLIP_EXCESS_MIN = 16.0
"""Least excess of a band that is named: of two standard normal values, one that is eight standard
deviations off, or both 5.7."""

CLIP_EXCESS_STDS = 16.0
"""And that many standard deviations of normal clips. With both, none of 20 normal clips of the
arithmetic machine named a band, and 1 of 108 of a real one."""


def attribute_clips(
    per_bin: Array,
    normal: NormalBands,
    edges_hz: Array,
    *,
    times_s: Sequence[tuple[float, float]],
    approximate: bool,
    max_bands: int = 3,
) -> tuple[BandExcess, ...]:
    """Name the bands that carry the excess of clips over normal ones.

    A clip knows no time inside it, so that a band lasts from the beginning of the first clip that
    names it to the end of the last.

    Args:
        per_bin: what each mel band has of the score, ``(n_clips, n_mels)``.
        normal: what it has in normal clips.
        edges_hz: of the mel bands, ``(n_mels + 1,)``.
        times_s: beginning and end of each clip.
        approximate: whether the detector's attribution is.
        max_bands: how many to name at most.

    Returns:
        Bands, largest share first; none where the clips are normal.
    """
    excess = per_bin - np.array(normal.mean)
    is_excess = excess > np.maximum(CLIP_EXCESS_MIN, CLIP_EXCESS_STDS * np.array(normal.std))
    profile = np.where(is_excess, excess, 0.0).sum(axis=0)
    total = max(profile.sum(), excess[is_excess.any(axis=1)].sum())
    bands = []
    for low, high, share in peaks(profile, total=total, most=max_bands):
        named = np.flatnonzero(is_excess[:, low:high].any(axis=1))
        bands.append(
            BandExcess(
                low_hz=float(edges_hz[low]),
                high_hz=float(edges_hz[high]),
                share=share,
                from_s=times_s[named[0]][0],
                to_s=times_s[named[-1]][1],
                approximate=approximate,
            )
        )
    return tuple(bands)


def join(
    found: Sequence[tuple[float, Sequence[BandExcess]]], *, max_bands: int = 3
) -> tuple[BandExcess, ...]:
    """Join what several members name to one account.

    A band that two members name, or that touches another's, is one band, with the edges and times
    of the account that is exact where one of them is, and the shares of both.

    Args:
        found: of each member, how much of the alarm it has carried, not below zero, and the bands
            it names; where none has carried anything, all count alike.
        max_bands: how many to name at most.

    Returns:
        Bands, largest share of the alarm first.
    """
    total = sum(carried for carried, _ in found)
    shared = [
        replace(band, share=band.share * (carried / total if total else 1 / len(found)))
        for carried, bands in found
        for band in bands
    ]
    joined: list[BandExcess] = []
    for band in sorted(shared, key=lambda band: (band.approximate, -band.share)):
        place = next((i for i, other in enumerate(joined) if _touch(band, other)), None)
        if place is None:
            joined.append(band)
        else:
            joined[place] = replace(joined[place], share=joined[place].share + band.share)
    named = sorted(joined, key=lambda band: -band.share)[:max_bands]
    return tuple(band for band in named if band.share >= SHARE_MIN)


def _touch(one: BandExcess, other: BandExcess) -> bool:
    return one.low_hz <= other.high_hz and other.low_hz <= one.high_hz
