"""A fault is named by the frequency and the time that it has."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from asd_monitor.models.attribution import (
    BandExcess,
    NormalBands,
    attribute,
    band_edges_hz,
    quiet_reference,
    smoothed,
)
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.scorer import Scorer
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from tests.support.per_band import per_band_bundle
from tests.support.sounds import Sound, blocks

LENGTH_S = 10.0
WINDOW_S = 3072 / 16_000
HOP_S = 512 / 16_000


def per_bin_of(sound: Sound, bundle: Bundle) -> NDArray[np.float64]:
    scorer = Scorer(bundle)
    scored = [scorer.push(block) for block in blocks(sound)]
    scored.append(scorer.finish())
    parts = [windows.per_bin for part in scored for windows in part.windows]
    assert parts
    return np.concatenate([part for part in parts if part is not None])


def tone(frequency_hz: float, *, rms: float, from_s: float = 0.0, to_s: float = LENGTH_S) -> Sound:
    t_s = np.arange(round(LENGTH_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    sound: Sound = (rms * np.sqrt(2) * np.sin(2 * np.pi * frequency_hz * t_s)).astype(np.float32)
    sound[(t_s < from_s) | (t_s >= to_s)] = 0.0
    return sound


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return per_band_bundle(normal_sound(60, seed=1))


@pytest.fixture(scope="module")
def edges_hz(bundle: Bundle) -> NDArray[np.float64]:
    return band_edges_hz(bundle.mel_filters, sample_rate_hz=SAMPLE_RATE_HZ)


@pytest.fixture(scope="module")
def normal(bundle: Bundle) -> NormalBands:
    means = smoothed(per_bin_of(normal_sound(60, seed=2), bundle), hop_s=HOP_S)
    return NormalBands(
        mean=tuple(means.mean(axis=0).tolist()), std=tuple(means.std(axis=0).tolist())
    )


def named(
    sound: Sound, bundle: Bundle, normal: NormalBands | None, edges_hz: NDArray[np.float64]
) -> Sequence[BandExcess]:
    per_bin = per_bin_of(sound, bundle)
    reference = normal or quiet_reference(per_bin, hop_s=HOP_S)
    return attribute(per_bin, reference, edges_hz, hop_s=HOP_S, window_s=WINDOW_S)


def holds_within_a_band(
    band: BandExcess, frequency_hz: float, edges_hz: NDArray[np.float64]
) -> bool:
    """Whether a frequency is in a band or no further beside it than one mel band."""
    low, high = np.searchsorted(edges_hz, [band.low_hz, band.high_hz])
    wider = edges_hz[max(0, low - 1)], edges_hz[min(len(edges_hz) - 1, high + 1)]
    return bool(wider[0] <= frequency_hz <= wider[1])


@pytest.mark.parametrize("rms", [0.012, 0.03, 0.08])
@pytest.mark.parametrize("frequency_hz", [1234.5, 1700.0, 2150.0, 3000.0, 5100.0, 7400.0])
def test_a_tone_in_normal_sound_is_named_within_one_mel_band(
    frequency_hz: float,
    rms: float,
    bundle: Bundle,
    normal: NormalBands,
    edges_hz: NDArray[np.float64],
) -> None:
    sound = normal_sound(LENGTH_S, seed=3) + tone(frequency_hz, rms=rms)
    first, *others = named(sound, bundle, normal, edges_hz)
    assert holds_within_a_band(first, frequency_hz, edges_hz)
    assert first.high_hz - first.low_hz < 0.25 * frequency_hz
    assert first.share > 0.5
    assert sum(band.share for band in (first, *others)) <= 1 + 1e-9
    assert (first.from_s, first.to_s) == pytest.approx((0.0, LENGTH_S), abs=0.25)


def test_a_tone_is_named_with_the_time_it_lasts(
    bundle: Bundle, normal: NormalBands, edges_hz: NDArray[np.float64]
) -> None:
    sound = normal_sound(LENGTH_S, seed=4) + tone(2150.0, rms=0.02, from_s=3.2, to_s=4.1)
    for reference in (normal, None):
        (band,) = named(sound, bundle, reference, edges_hz)
        assert holds_within_a_band(band, 2150.0, edges_hz)
        assert (band.from_s, band.to_s) == pytest.approx((3.2, 4.1), abs=0.15)


def test_two_tones_are_two_bands_the_stronger_first(
    bundle: Bundle, normal: NormalBands, edges_hz: NDArray[np.float64]
) -> None:
    two = tone(1500.0, rms=0.01, to_s=5.0) + tone(4000.0, rms=0.03, from_s=5.0)
    first, second = named(normal_sound(LENGTH_S, seed=5) + two, bundle, normal, edges_hz)
    assert holds_within_a_band(first, 4000.0, edges_hz)
    assert holds_within_a_band(second, 1500.0, edges_hz)
    assert first.share > second.share
    assert second.to_s == pytest.approx(5.0, abs=0.25)


@pytest.mark.parametrize("seed", range(10, 30))
def test_normal_sound_names_nothing(
    seed: int, bundle: Bundle, normal: NormalBands, edges_hz: NDArray[np.float64]
) -> None:
    sound = normal_sound(LENGTH_S, seed=seed)
    assert named(sound, bundle, normal, edges_hz) == ()
    assert named(sound, bundle, None, edges_hz) == ()


def test_too_little_sound_names_nothing(normal: NormalBands, edges_hz: NDArray[np.float64]) -> None:
    assert attribute(np.empty((0, 128)), normal, edges_hz, hop_s=HOP_S, window_s=WINDOW_S) == ()


def test_edges_divide_the_spectrum_without_a_gap(
    bundle: Bundle, edges_hz: NDArray[np.float64]
) -> None:
    assert edges_hz.shape == (129,)
    assert (edges_hz[0], edges_hz[-1]) == (0.0, 8000.0)
    assert (np.diff(edges_hz) > 0).all()
    peaks_hz = np.argmax(bundle.mel_filters, axis=1) * SAMPLE_RATE_HZ / 1024
    off_hz = np.maximum(edges_hz[:-1] - peaks_hz, peaks_hz - edges_hz[1:])
    assert off_hz.max() < SAMPLE_RATE_HZ / 1024
